/* SPDX-License-Identifier: Apache-2.0 */
/* What is the article on a page, and what is not: a row for each behaviour. */
#include "body.h"
#include "body_parts.h"

#include <dateline/html.h>

#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

/* The story: four paragraphs about a bridge. */
#define TITLE "River bridge closed after inspectors find cracks"
#define A                                                                   \
    "The old river bridge at Harlow was closed on Monday after inspectors " \
    "found cracks in two of its main girders, the council said."
#define B                                                                      \
    "Engineers from the Harlow works department had warned in March that the " \
    "girders needed attention, but the repair was put off, documents show."
#define C                                                                     \
    "Drivers now face a detour of twelve kilometres by the Welton crossing, " \
    "and the bus line over the bridge has been suspended until further "      \
    "notice."
#define D                                                                    \
    "Councillor Anna Brandt said the inspectors would present their report " \
    "on the girders in June, and that the bridge would stay closed till then."
#define STORY "<p>" A "</p><p>" B "</p><p>" C "</p><p>" D "</p>"

/* Another story, about something else. */
#define OTHER "Record harvest of pears surprises growers in the south"
#define X                                                                     \
    "Growers in Valmonte brought in the largest harvest of pears for thirty " \
    "years, their association announced, thanks to a mild and rainy spring."
#define Y                                                                    \
    "Prices at the Valmonte market fell by a third within a week, and some " \
    "orchards have begun to give their fruit to schools, said Luis Ferrant."

#define HEAD        "<!doctype html><title>" TITLE " - The Paper</title><body>"
#define PAGE(inner) HEAD "<h1>" TITLE "</h1>" inner

static const struct row {
    const char *name, *html;
    const char *kept, *dropped; /* NULL: nothing to look for */
} rows[] = {
    { "an advertisement's label between dashes",
      PAGE("<p>" A "</p><p>— Advertisement —</p><p>" B "</p><p>" C "</p>"), B,
      "Advertisement" },
    { "a label, and what is offered right after it",
      PAGE("<p>" A "</p><div><span>Sponsored</span><a href=/x>Shoes so "
           "comfortable you will never take them off</a></div><p>" B "</p><p>" C
           "</p>"),
      B, "comfortable" },
    { "words for an advertisement that open a sentence stay",
      PAGE("<p>" A "</p><p><b>Anzeige</b> erstattete die Gemeinde Harlow gegen "
           "den Betreiber der Mühle.</p><p>" B "</p><p>" C "</p>"),
      "erstattete", NULL },
    { "a caption with its credit after a sign",
      PAGE("<p>" A "</p><div class=i><img src=a.jpg><div class=t>The bridge on "
           "Monday<small>© Reuters</small></div></div><p>" B "</p><p>" C
           "</p>"),
      B, "The bridge on Monday" },
    /* ---- layouts ---- */
    { "semantic article",
      HEAD "<nav><a href=/>Home</a></nav><main><article><h1>" TITLE
           "</h1>" STORY "</article></main><footer>Imprint</footer>",
      A "\n" B "\n" C "\n" D, "Imprint" },
    { "div soup",
      HEAD "<div><div><div>" TITLE "</div><div><div>" A "</div><div>" B
           "</div><div>" C "</div></div></div><div>Imprint</div></div>",
      A "\n" B "\n" C, "Imprint" },
    { "paragraphs parted by br",
      PAGE("<div>" A "<br><br>" B "<br><br>" C "</div>"), A "\n" B "\n" C,
      TITLE },
    { "tables for layout",
      HEAD "<table><tr><td><a href=/a>News</a><br><a href=/b>Sport</a></td>"
           "<td><font size=5><b>" TITLE "</b></font>" STORY
           "</td></tr></table>",
      A "\n" B "\n" C "\n" D, "Sport" },
    { "body in two boxes",
      PAGE("<div class=t>"
           "<p>" A "</p><p>" B "</p></div>"
           "<div class=ad>Buy one, get one free today.</div>"
           "<div class=t><p>" C "</p><p>" D "</p></div>"),
      A "\n" B "\n" C "\n" D, "Buy one" },
    { "lead outside the story's box",
      PAGE("<p class=standfirst>Two girders are cracked and nobody knows how "
           "long the repair of the crossing will take.</p><div>" STORY
           "</div>"),
      "Two girders are cracked", NULL },
    { "script without blanks",
      "<!doctype "
      "html><title>橋が閉鎖された</title><body><h1>橋が閉鎖された</h1>"
      "<div><p>"
      "市は月曜日、点検で主桁に亀裂が見つかったとして、川にかかる古い橋を"
      "閉鎖した。再開の時期は決まっていない。</"
      "p><p>技術者は三月に修理が必要だと警"
      "告していたが、市は工事を延期していたことが、文書でわかった。</p></div>"
      "<div><a href=/1>社会</a><a href=/2>経済</a></div>",
      "再開の時期は決まっていない。\n技術者は", "経済" },
    { "right to left",
      "<!doctype html><html dir=rtl><title>إغلاق الجسر القديم</title><body>"
      "<h1>إغلاق الجسر القديم</h1><div><p>أعلنت البلدية يوم الاثنين إغلاق "
      "الجسر "
      "القديم فوق النهر، بعد أن اكتشف المفتشون شقوقا في اثنتين من عوارضه.</p>"
      "<p>وكان المهندسون قد حذروا في مارس من أن العوارض تحتاج إلى إصلاح، لكن "
      "العمل تأجل، بحسب الوثائق.</p></div><div><a href=/1>رياضة</a></div>",
      "وكان المهندسون", "رياضة" },

    /* ---- what belongs ---- */
    { "subheadings",
      PAGE("<p>" A "</p><h2>The warning</h2><p>" B "</p><p>" C "</p>"),
      A "\nThe warning\n" B, NULL },
    { "lists",
      PAGE("<p>" A "</p><p>" B "</p><ul><li>Welton crossing</li><li>Mill ferry"
           "</li></ul><p>" C "</p>"),
      "Welton crossing\nMill ferry", NULL },
    { "quotes",
      PAGE("<p>" A "</p><blockquote>It is too late.</blockquote><p>" B
           "</p><p>" C "</p>"),
      "It is too late.", NULL },
    { "cells of a row in one line",
      PAGE("<p>" A "</p><p>" B "</p><table><tr><th>Girder</th><th>Cracks</th>"
           "</tr><tr><td>North</td><td>4</td></tr></table><p>" C "</p>"),
      "Girder | Cracks\nNorth | 4", NULL },
    { "text of inline links",
      PAGE("<p>" A "</p><p>The <a href=/w>works department</a> had no comment "
           "on the matter, nor had the <a href=/m>ministry</a>.</p><p>" C
           "</p>"),
      "The works department had no comment on the matter, nor had the "
      "ministry.",
      NULL },
    { "agency credit at the end",
      PAGE(STORY "<p>The Associated Press contributed to this report.</p>"),
      "The Associated Press contributed", NULL },
    { "correction note",
      PAGE(STORY "<p class=correction>Correction: an earlier version gave a "
                 "wrong length for the detour.</p>"),
      "Correction: an earlier version", NULL },
    { "text where it is preformatted",
      PAGE("<p>" A "</p><p>" B "</p><pre>girder  load\nnorth   4 t</pre><p>" C
           "</p>"),
      "girder  load\nnorth   4 t", NULL },

    { "lead that is marked up as a heading",
      PAGE("<h2>Two girders are cracked and nobody knows how long the repair "
           "of the crossing will take.</h2><div>" STORY "</div>"),
      "of the crossing will take.\n" A, NULL },
    { "text above its title, when it goes on below",
      PAGE("<div><p>" A "</p><p>" B "</p><h2>" TITLE "</h2><p>" C "</p><p>" D
           "</p></div>"),
      A "\n" B "\n", NULL },
    { "a short last line in the looks of the text",
      PAGE("<div>" STORY "<p>Let us hope so</p><div>Facebook</div></div>"),
      D "\nLet us hope so", "Facebook" },
    { "a line that says something between its links",
      PAGE("<p>" A "</p><p>" B "</p><p>Open: <a href=/1>Mill road</a>, "
           "<a href=/2>Saint John lane</a>, <a href=/3>Harbour street</a></p>"
           "<p>" C "</p>"),
      "Open: Mill road, Saint John lane", NULL },
    { "a sentence that is a link, within the text",
      PAGE("<p>" A "</p><p>" B "</p><p><a href=/r>The report can be read in "
           "full.</a></p><p>" C "</p><p>" D "</p>"),
      B "\nThe report can be read in full.\n" C, NULL },
    { "links that the text announces",
      PAGE("<p>" A "</p><p>Three crossings remain:</p><ul>"
           "<li><a href=/1>Welton crossing</a></li>"
           "<li><a href=/2>The ferry at the old mill, weekdays only</a></li>"
           "<li><a href=/3>Stone bridge</a></li></ul><p>" B "</p><p>" C "</p>"),
      "Welton crossing\nThe ferry", NULL },

    /* ---- what does not ---- */
    { "repeated title", PAGE("<div><h2>" TITLE "</h2>" STORY "</div>"), A,
      TITLE },
    { "byline and date before the text",
      PAGE("<div class=x>By Tom Roe</div><div>June 8, 2025</div><div>" STORY
           "</div>"),
      A, "June 8" },
    { "advertisement lines",
      PAGE("<p>" A "</p><p>ADVERTISEMENT</p><p>" B "</p><div>Werbung</div><p>" C
           "</p><p>Publicité</p><p>" D "</p>"),
      A "\n" B "\n" C "\n" D, NULL },
    { "items that open the text",
      PAGE("<div><ul><li>Two girders cracked</li><li>No date for the repair"
           "</li></ul>" STORY "</div>"),
      "Two girders cracked\nNo date", NULL },
    { "a notice is not all a page says",
      HEAD "<p>This browser is too old for the page, please update it.</p>"
           "<div>Mill road 17, opposite the old station</div>"
           "<div>Harlow works department, second floor</div>"
           "<div>Doors open from eight to five on week days</div>"
           "<div>Boats and bicycles to hire by the hour</div>"
           "<div>Season from April to October each year</div>"
           "<div>Welton crossing and mill ferry nearby</div>"
           "<div>Dogs on a lead are welcome everywhere</div>"
           "<div>Groups by arrangement with the office</div>"
           "<div>Picnic tables by the water, no fires</div>"
           "<div>Car park behind the timber yard</div>"
           "<div>Bus lines seven and nine stop here</div>"
           "<div>Tickets at the gate or by telephone</div>"
           "<div>Children under six come in free</div>"
           "<div>Hot soup and sandwiches all day</div>"
           "<div>The tower is closed in high winds</div>"
           "<div>Maps of the river at the counter</div>"
           "<div>Lost property is kept for a month</div>"
           "<div>Last boat leaves at half past four</div>",
      "Boats and bicycles", NULL },
    { "titles of others in a list",
      PAGE("<p>" A "</p><ul><li>Roads: <a href=/1>What the council spent on "
           "the crossings last year</a></li><li>Buses: <a href=/2>Which lines "
           "will be given up in the spring</a></li></ul><p>" B "</p><p>" C
           "</p>"),
      A "\n" B, "Roads" },
    { "share bar",
      PAGE("<div class=share><span>Share on Facebook</span></div>" STORY), A,
      "Facebook" },
    { "comments",
      PAGE("<div>" STORY "</div><div class=comments><h3>2 comments</h3><p>I "
           "drove over that bridge for twenty years, and I always knew that it "
           "would end like this, honestly.</p></div>"),
      D, "twenty years" },
    { "more comments than article",
      PAGE("<div class=main>" STORY "</div><div id=comments><div><p>" X "</p>"
           "<p>" Y "</p></div><div><p>" Y "</p><p>" X "</p></div><div><p>" X
           "</p><p>" Y "</p></div></div>"),
      A, "Valmonte" },
    { "caption in a figure",
      PAGE("<p>" A "</p><figure><img src=/b.jpg><figcaption>The bridge on "
           "Monday.</figcaption></figure><p>" B "</p><p>" C "</p>"),
      B, "on Monday.\n" },
    { "caption known by its credit",
      PAGE("<p>" A "</p><p>" B "</p><p>The bridge at noon.</p><p>Getty Images"
           "</p><p>" C "</p><p>" D "</p>"),
      B "\n" C, "at noon" },
    { "biography in other looks, without a byline",
      PAGE("<div>" STORY "<p class=about>*Clara Holm is an engineer and has "
           "studied the bridges of the river for many years.</p></div>"),
      D, "Clara Holm" },
    { "offer in the last paragraph",
      PAGE("<div>" STORY "<p>Follow The Paper on Twitter and Instagram, and "
           "sign up for our newsletter.</p></div>"),
      D, "Instagram" },
    { "pointer that only asks to read",
      PAGE("<div><p>" A "</p><p>" B "</p><p>Lea: <a href=/o>" OTHER
           "</a></p><p>" C "</p></div>"),
      B "\n" C, "pears" },
    { "caption that ends in a named credit",
      PAGE("<p>" A "</p><p>" B "</p><div class=pic>The cracks in the northern "
           "girder, seen from a boat. Photo: Jane Roe</div><p>" C "</p><p>" D
           "</p>"),
      B "\n" C, "northern girder" },
    { "captions of a gallery above the text",
      PAGE("<div class=g><p class=x>The bridge seen from the old mill on "
           "Monday. (AP Photo/Jane Roe)</p></div><div>" STORY "</div>"),
      A, "old mill" },
    { "title of a player amid the text",
      PAGE("<div><p>" A "</p><p>" B "</p><div class=video><h3>How the bridge "
           "was closed</h3><p class=t>Watch it here</p></div><p>" C "</p><p>" D
           "</p></div>"),
      B "\n" C, "Watch it" },
    { "teaser amid the text",
      PAGE("<div><p>" A "</p><p>" B "</p><div class=x><span>Farming</span><div>"
           "<h3><a href=/pears>" OTHER "</a></h3></div></div><p>" C "</p><p>" D
           "</p></div>"),
      B "\n" C, "pears" },
    { "title of a chapter that is a link elsewhere",
      PAGE("<div><p>" A "</p><div class=x><div><h3><a "
           "href='https://shop.example/1'>The engineers' handbook</a></h3>"
           "</div></div><p>" B "</p><p>" C "</p><p>" D "</p></div>"),
      "The engineers' handbook", NULL },
    { "box of a player that fails",
      PAGE("<div><p>" A "</p><p>" B "</p><div class=f><div>We apologize, but "
           "this video has failed to load.</div><div>Try again later.</div>"
           "</div><p>" C "</p><p>" D "</p></div>"),
      B "\n" C, "Try again" },
    { "links that the site is paid for",
      PAGE("<p>" A "</p><p>" B "</p><p>This article contains affiliate links; "
           "we may earn a commission when you buy.</p><p>" C "</p><p>" D
           "</p>"),
      B "\n" C, "commission" },
    { "box that a label opens amid the text",
      PAGE("<div><p>" A "</p><p>" B "</p><div class=x><h4>About the author</h4>"
           "<div>She has lived by the river for years.</div></div><p>" C
           "</p><p>" D "</p></div>"),
      B "\n" C, "by the river" },
    { "pointer to another story",
      PAGE("<p>" A "</p><p>READ MORE: <a href=/o>" OTHER "</a></p><p>" B
           "</p><p>" C "</p>"),
      A "\n" B, OTHER },
    { "newsletter box without a telling class",
      PAGE("<p>" A "</p><p>" B "</p><div class=k7>Sign up for our newsletter "
           "and get the news in your inbox. Unsubscribe any time.</div><p>" C
           "</p><p>" D "</p>"),
      B "\n" C, "Unsubscribe" },
    { "consent to embedded content",
      PAGE("<p>" A "</p><p>" B
           "</p><div class=e>Externe Inhalte: Mit dem Klick "
           "willigen Sie ein, dass personenbezogene Daten übermittelt werden."
           "</div><p>" C "</p><p>" D "</p>"),
      B "\n" C, "personenbezogene" },
    { "tags and the author's biography",
      PAGE("<div>" STORY "</div><div class=tags>Harlow, bridges</div>"
           "<div class=author-bio>Tom Roe has covered the Harlow council for "
           "this paper since 2011.</div>"),
      D, "since 2011" },
    { "a last paragraph about the author in the byline",
      PAGE("<div>By Thomas Royle</div><div>" STORY "<p>Thomas Royle covers the "
           "council and the roads of the county for this paper.</p></div>"),
      D, "roads of the county" },
    { "cookie banner",
      PAGE("<div>" STORY "</div><div role=dialog><p>We and our partners store "
           "information on a device, such as cookies, to serve ads.</p></div>"),
      D, "our partners" },
    { "text that is not shown",
      PAGE("<p>" A "</p><p style='display: none'>Hidden words for machines, "
           "which no reader of this page will ever see.</p><p>" B "</p><p>" C
           "</p>"),
      B, "Hidden words" },
    { "list of links",
      PAGE("<p>" A "</p><p>" B "</p><ul><li><a href=/1>" OTHER "</a></li><li>"
           "<a href=/2>Ten years of the Welton crossing</a></li></ul><p>" C
           "</p><p>" D "</p>"),
      B "\n" C, "Ten years" },

    /* ---- other stories ---- */
    { "cards below, with outlet and time",
      PAGE(
          "<div class=b>" STORY "</div><h2>Related Articles</h2>"
          "<div class=c><div>Daily Post</div><div>6 minutes ago</div><h3>" OTHER
          "</h3><p>" X "</p><p>" Y "</p></div>"),
      D, "Valmonte" },
    { "the same box again: endless scrolling",
      HEAD "<article class=s><h1>" TITLE "</h1><time>June 8, 2025</time>" STORY
           "</article><article class=s><h1>" OTHER
           "</h1><time>June 9, 2025</time><p>" X "</p><p>" Y "</p></article>",
      D, "Valmonte" },
    { "flat, each opened by a line like the title",
      HEAD "<div><div class=h><b>" TITLE "</b></div><div class=m>Post · "
           "2025-06-08</div><p>" A "</p><p>" B "</p><p>" C
           "</p><div class=h><b>" OTHER
           "</b></div><div class=m>Daily Post · 6 hours ago</div><p>" X
           "</p><p>" Y "</p></div>",
      C, "Valmonte" },
    { "above the article",
      HEAD "<div class=c><h2>" OTHER
           "</h2><span>Post, 5 minutes ago</span><p>" X "</p><p>" Y
           "</p></div><div><h1>" TITLE "</h1>" STORY "</div>",
      A, "Valmonte" },
    { "between the paragraphs",
      PAGE("<div><p>" A "</p><p>" B "</p><p>" C
           "</p><div class=i><h3><a href=/o>" OTHER
           "</a></h3><time>vor 5 Minuten</time><p>" X "</p></div><p>" D
           "</p></div>"),
      C "\n" D, "Valmonte" },
    { "opened by an agency's dateline",
      PAGE("<div><p>" A "</p><p>" B "</p><p>" C "</p><p>" D "</p>"
           "<div><h3>" OTHER "</h3><p>VALMONTE (AP) — " X "</p><p>" Y
           "</p></div></div>"),
      D, "Valmonte" },
    { "a chapter on the same subject stays",
      PAGE("<div>" STORY "<h2>What the inspectors of the Harlow bridge found"
           "</h2><p>" B "</p><p>The inspectors measured the cracks in the "
           "girders of the bridge at Harlow with ultrasound.</p></div>"),
      "with ultrasound", NULL },
    { "posts of a live blog stay",
      "<!doctype html><title>Live: bridge closed</title><link rel=canonical "
      "href=/live/bridge><body><h1>Live: bridge closed</h1><div class=p><time>"
      "5 minutes ago</time><h3>Council to meet tonight</h3><p>" A "</p></div>"
      "<div class=p><time>1 hour ago</time><h3>Harvest report delayed</h3><p>" X
      "</p><p>" Y "</p></div>",
      "Valmonte", NULL },
};

/* ---- stories of article length -------------------------------------------
 * Nothing but what they speak of tells them apart. */
#define LONG_STORY                                                             \
    "<p>Inspectors of the Harlow works department closed the Harlow river "    \
    "bridge on Monday after measurements found cracks in two girders. "        \
    "Councillor Anna Brandt told the Harlow council that the inspectors "      \
    "would measure the girders again with ultrasound "                         \
    "instruments.</p><p>Documents of the works department show that "          \
    "engineers warned the Harlow council about the girders in March. "         \
    "Inspectors then recommended ultrasound measurements, but Councillor "     \
    "Brandt and the council postponed the measurements, the documents show. "  \
    "Engineers of the department repeated the warning before "                 \
    "Christmas.</p><p>Drivers between Harlow and Welton face a detour of "     \
    "twelve kilometres by the Welton crossing, and the Harlow council "        \
    "suspended the bus line over the bridge. Drivers from Welton told "        \
    "Councillor Brandt that the Welton crossing was overloaded already. "      \
    "Engineers of the department examined the crossing on "                    \
    "Tuesday.</p><p>Brandt said the works department would support the "       \
    "cracked girders with temporary towers before inspectors and engineers "   \
    "return to Harlow. Repairing the girders would cost the Harlow council "   \
    "four million, department documents say. Inspectors from Welton will "     \
    "assist the Harlow engineers with the ultrasound "                         \
    "measurements.</p><p>Councillor Brandt expects the inspectors to present " \
    "documents about the girders to the council in September. Drivers and "    \
    "the Welton bus line could cross the Harlow bridge again in October, "     \
    "engineers of the works department said, if the inspectors agree.</p>"
#define PEARS                                                                  \
    X " " Y " Cooperatives hired five hundred additional pickers from "        \
      "Castellon and Murcia to bring the fruit in before the storms. Juice "   \
      "factories have extended their opening hours until midnight and rented " \
      "refrigerated warehouses at the port. Ferrant expects exports to "       \
      "Scandinavia to double, while supermarkets in Lyon promised to sell "    \
      "smaller pears at a discount. Agronomists attribute the abundance to "   \
      "pollinating insects, which survived the winter in exceptional numbers " \
      "after the ban on certain pesticides. Economists warn that many family " \
      "orchards might nevertheless finish the season with a loss."
#define FERRY                                                                  \
    "A passenger ferry with three hundred tourists ran aground off Skiathos "  \
    "during heavy fog late on Saturday evening, according to the Hellenic "    \
    "coastguard. Fishermen from neighbouring islands rescued travellers in "   \
    "small boats, and nobody was seriously injured. Captain Stavros Mellas "   \
    "reported that navigation instruments had failed shortly before the "      \
    "vessel touched the rocks. Hotels offered blankets and sandwiches to "     \
    "exhausted families, who spent the night in a gymnasium. Environmental "   \
    "organisations demanded that the operator pump out the remaining diesel "  \
    "immediately, because turtles breed on beaches nearby. Prosecutors in "    \
    "Volos seized the voyage recorder and questioned several sailors on "      \
    "Sunday. The shipping company Aegean Wings promised refunds to everybody " \
    "aboard, and cancelled its weekend departures to Alonissos and "           \
    "Skopelos until mechanics have examined the sister ships."
#define FERRY_TITLE "Tourists rescued by fishermen after ferry runs aground"

static const struct row runs[] = {
    { "flat, told apart by what they speak of",
      PAGE("<div>" LONG_STORY "<h3>" OTHER "</h3><p>" PEARS
           "</p><h3>" FERRY_TITLE "</h3><p>" FERRY "</p></div>"),
      "inspectors agree", "Valmonte" },
    { "parted by rules, titles in bold",
      PAGE("<div>" LONG_STORY "<hr><p><b>" FERRY_TITLE "</b></p><p>" FERRY
           "</p><hr><p><b>" OTHER "</b></p><p>" PEARS "</p></div>"),
      "inspectors agree", "Skiathos" },
    { "poured into list items with their titles",
      PAGE("<div>" LONG_STORY "</div><ul><li><b>" OTHER "</b> " PEARS
           "</li><li><b>" FERRY_TITLE "</b> " FERRY "</li></ul>"),
      "inspectors agree", "Valmonte" },
    { "in boxes: the last goes with the first",
      PAGE("<div>" LONG_STORY "</div><div><h2>" OTHER "</h2><p>" PEARS
           "</p></div><div><h2>" FERRY_TITLE "</h2><p>" FERRY "</p></div>"),
      "inspectors agree", "Skiathos" },
    { "in boxes alike, their titles plain lines",
      PAGE("<div>" LONG_STORY "</div><div class=o><div>" OTHER
           "</div><div>" PEARS "</div></div><div class=o><div>" FERRY_TITLE
           "</div><div>" FERRY "</div></div>"),
      "inspectors agree", "Valmonte" },
    { "below a story with headings of its own",
      PAGE("<div>" LONG_STORY "<h3>The repair</h3><p>" D "</p><h3>" OTHER
           "</h3><p>" PEARS " " X "</p><h3>" FERRY_TITLE "</h3><p>" FERRY
           "</p></div>"),
      "inspectors agree", "Valmonte" },
    { "chapters of one story stay when one of them comes back to it",
      PAGE("<div>" LONG_STORY "<h3>" OTHER "</h3><p>" PEARS "</p><h3>What the "
           "closing means for visitors</h3>" STORY "</div>"),
      "Valmonte", NULL },
    { "exactly one",
      PAGE("<div>" LONG_STORY "<h3>" OTHER "</h3><p>" PEARS "</p></div>"),
      "inspectors agree", "Valmonte" },
    { "exactly one, below an outlet's line",
      PAGE("<div>" LONG_STORY
           "<p class=o>Island Courier, 2 May 2025</p><p>" FERRY "</p></div>"),
      "inspectors agree", "Skiathos" },
    { "below a rule, opened by an agency: all of it",
      PAGE("<div>" STORY "<hr><p>VALMONTE (AP) — " X "</p><p>" Y "</p><p>" PEARS
           "</p></div>"),
      D, "Scandinavia" },
    { "between paragraphs, in a box that says so itself",
      PAGE("<div><p>" A "</p><p>" B "</p><p>" C
           "</p><div><span>Read also</span><h3>" OTHER
           "</h3><span>Daily Orchard</span><p>" PEARS "</p></div><p>" D
           "</p></div>"),
      D, "Valmonte" },
    { "several titles alike, none of which would do alone",
      PAGE("<div>" LONG_STORY "<p><b>" OTHER "</b></p><p>" B "</p><p>" X " " Y
           "</p><p><b>" FERRY_TITLE "</b></p><p>" B "</p><p>" FERRY
           "</p></div>"),
      "inspectors agree", "Valmonte" },
    { "in an article of its own within the page's",
      PAGE("<article>" STORY "<p>" D " " C
           "</p><section><article><header><h3>" FERRY_TITLE
           "</h3></header><p>" FERRY "</p></article></section></article>"),
      C, "Skiathos" },
    { "in a panel that opens by itself",
      PAGE("<main>" STORY "<p>" D " " C
           "</p><details open><summary>" FERRY_TITLE "</summary><p>" FERRY
           "</p></details></main>"),
      C, "Skiathos" },
    { "a chapter in a section of its own stays",
      PAGE("<article>" STORY "<article><h3>What the inspectors found</h3>"
           "<p>" B " " A "</p><p>" D " " C "</p></article></article>"),
      "What the inspectors found", NULL },
    { "below a rule, without a title",
      PAGE("<div>" LONG_STORY "<hr><p>" FERRY "</p></div>"), "inspectors agree",
      "Skiathos" },
    { "in boxes that only an outlet's name opens",
      PAGE("<div>" LONG_STORY "</div><div><div class=o><span>The Courier"
           "</span><p>" FERRY "</p></div><div class=o><span>Daily Orchard"
           "</span><p>" PEARS "</p></div></div>"),
      "inspectors agree", "Valmonte" },
    { "terms and their text",
      PAGE("<div>" LONG_STORY "<dl><dt>" OTHER "</dt><dd><p>" PEARS
           "</p></dd><dt>" FERRY_TITLE "</dt><dd><p>" FERRY
           "</p></dd></dl></div>"),
      "inspectors agree", "Valmonte" },
    { "in elements of the site's own making",
      PAGE("<story-body>" LONG_STORY "</story-body><story-list><story-item>"
           "<story-title>" FERRY_TITLE "</story-title><p>" FERRY
           "</p></story-item><story-item><story-title>" OTHER
           "</story-title><p>" PEARS "</p></story-item></story-list>"),
      "inspectors agree", "Skiathos" },
    { "a title in bold with outlet and time below it in one paragraph",
      PAGE("<div>" LONG_STORY "<p><b>" FERRY_TITLE "</b><br>The Courier - 3 "
           "hours ago</p><p>" FERRY "</p></div>"),
      "inspectors agree", "Skiathos" },
    { "an early chapter stays where a later line announces another story",
      PAGE("<div><p>" A "</p><p>" B "</p><h3>Cracks in two girders</h3><p>" C
           "</p><p>" D "</p></div><h4>Up next</h4><ul><li><h4>" FERRY_TITLE
           "</h4><span>The Courier - 2 May 2025</span><p>" FERRY
           "</p></li><li><h4>" OTHER
           "</h4><span>Daily Orchard - 3 May 2025</span><p>" PEARS
           "</p></li></ul>"),
      C, "Skiathos" },
    { "below teasers that link to more of them",
      PAGE("<div>" LONG_STORY "</div><div><div><a href=/1>Ten bridges to see "
           "before they close</a></div><div><a href=/2>What girders are made "
           "of today</a></div></div><p class=k>" FERRY_TITLE
           "</p><p class=o>The Courier, 3 hours ago</p><p>" FERRY "</p>"),
      "inspectors agree", "Skiathos" },
    { "a story's last short lines stay",
      PAGE("<div>" LONG_STORY "<p>Bridge and road in figures:</p><p>Two lanes, "
           "built in 1931</p></div><section><h3>" FERRY_TITLE
           "</h3><p>The Courier, 3 hours ago</p><p>" FERRY "</p></section>"),
      "inspectors agree", "Skiathos" },
    { "a chapter that names the story's subject stays",
      PAGE("<div>" LONG_STORY "<h3>What the ministry wants to build</h3><p>" D
           "</p><p>" B "</p></div>"),
      "What the ministry", NULL },
};

static struct dtl_arena *arena;

/* Texts without blanks are read by pairs of characters; whatever their length,
 * where reading ahead stops may lie within a character. */
static void test_cut_character(void **state)
{
    struct subject *s = dtl_arena_calloc(arena, 1, sizeof *s);
    struct dtl_slice t = dtl_str("橋梁点検亀裂。a 修理費用");
    uint16_t word[64];

    (void)state;
    subject_add(s, word, subject_read(t, word));
    assert_true(s->words >= 6);
    for (size_t len = 0; len <= t.len; len++) {
        uint32_t n = subject_read(dtl_slice_of(t.ptr, len), word);

        assert_int_equal(subject_known(s, word, n), n);
    }
}

static const struct dtl_page *found_on; /* of the last find() */

static void find(const struct row *r, struct body_result *out)
{
    struct dtl_slice title = dtl_str(TITLE);
    struct body_input in = { .titles = &title, .ntitles = 1 };
    struct dtl_page *page;
    struct dtl_error err;

    dtl_arena_reset(arena);
    assert_int_equal(dtl_page_parse(dtl_str(r->html), arena, &page, &err),
                     DTL_OK);
    in.page = found_on = page;
    if (strstr(r->html, "/live/") != NULL) {
        in.url = dtl_str("https://paper.example/live/bridge");
        in.ntitles = 0;
    }
    if (strstr(r->html, TITLE) == NULL)
        in.ntitles = 0;
    assert_int_equal(body_find(&in, arena, out, &err), DTL_OK);
}

static bool holds(struct dtl_slice s, const char *what)
{
    return dtl_find(s, dtl_str(what), 0) != SIZE_MAX;
}

static void check_rows(const struct row *row, size_t n)
{
    int failed = 0;

    for (size_t i = 0; i < n; i++) {
        struct body_result out;

        find(&row[i], &out);
        if ((row[i].kept == NULL || holds(out.text, row[i].kept)) &&
            (row[i].dropped == NULL || !holds(out.text, row[i].dropped)))
            continue;
        print_error("%s:\n%.*s\n", row[i].name, (int)out.text.len,
                    (const char *)out.text.ptr);
        failed++;
    }
    assert_int_equal(failed, 0);
}

static void test_rows(void **state)
{
    (void)state;
    check_rows(rows, sizeof rows / sizeof rows[0]);
}

static void test_runs(void **state)
{
    (void)state;
    check_rows(runs, sizeof runs / sizeof runs[0]);
}

static void test_blocks(void **state)
{
    static const struct row page = {
        .html = PAGE("<div><p>" A "</p><h2>The warning</h2><p>" B "</p>"
                     "<figure><img src=/b.jpg><figcaption>The bridge."
                     "</figcaption></figure><ol><li>Welton</li></ol><p>" C
                     "</p></div>"),
    };
    static const struct {
        uint8_t role, level;
        bool kept;
    } want[] = {
        { DTL_BLOCK_PARAGRAPH, 0, true }, { DTL_BLOCK_HEADING, 2, true },
        { DTL_BLOCK_PARAGRAPH, 0, true }, { DTL_BLOCK_CAPTION, 0, false },
        { DTL_BLOCK_ITEM, 1, true },      { DTL_BLOCK_PARAGRAPH, 0, true },
    };
    struct body_result out;
    const char *at;

    (void)state;
    find(&page, &out);
    assert_int_equal(out.nblocks, sizeof want / sizeof want[0]);
    for (uint32_t i = 0; i < out.nblocks; i++) {
        assert_int_equal(out.blocks[i].role, want[i].role);
        assert_int_equal(out.blocks[i].level, want[i].level);
        assert_int_equal(out.blocks[i].kept, want[i].kept);
        assert_non_null(out.blocks[i].reason);
    }
    /* Offsets lead back to the text in the page. */
    at = strstr(page.html, B);
    assert_int_equal(out.blocks[2].source, at - page.html);
    assert_int_equal(out.blocks[2].source_end,
                     (size_t)(at - page.html) + strlen(B));
    assert_true(dtl_equal(out.blocks[3].image, dtl_str("/b.jpg")));
    assert_true(out.blocks[4].ordered);
}

/* A byline in another story's card is known to be another's. */
static void test_others(void **state)
{
    static const struct row page = {
        .html = PAGE("<p class=by>By Tom Roe</p><div>" STORY "</div>"
                     "<h2>Related</h2><div class=c><h3><a href=/o>" OTHER
                     "</a></h3><i>5 minutes ago</i><p>" X "</p></div>"),
    };
    struct dtl_page *p;
    struct body_result out;

    (void)state;
    find(&page, &out);
    assert_int_equal(dtl_page_parse(dtl_str(page.html), arena, &p, NULL),
                     DTL_OK);
    for (uint32_t i = 0; i < p->nnodes; i++) {
        struct dtl_slice s = dtl_node_text(p, i);

        if (dtl_equal(s, dtl_str("By Tom Roe")) || dtl_equal(s, dtl_str(A)))
            assert_false(body_is_other(&out, i));
        if (dtl_equal(s, dtl_str("5 minutes ago")))
            assert_true(body_is_other(&out, i));
    }
    assert_true(out.headline > 0 && out.first == out.headline);
    assert_true(out.last > out.first);
}

static const struct {
    const char *name, *html, *markdown, *clean; /* what they hold */
} written[] = {
    { "cells without text",
      PAGE("<p>" A "</p><p>" B "</p><table><tr><th>Girder<th>Cracks<th>Note"
           "<tr><td>North<td><td>open<tr><td><td>4<td><tr><td colspan=2>Both"
           "<td>shut</table><p>" C "</p>"),
      "| North |  | open |\n|  | 4 |  |\n| Both |  | shut |\n",
      "<tr><td>North</td><td></td><td>open</td></tr>" },
    { "a list that begins with another number",
      PAGE("<p>" A "</p><p>" B "</p><ol start=5><li>Welton</li><li>Mill</li>"
           "</ol><p>" C "</p>"),
      "5. Welton\n6. Mill\n", "<ol start=\"5\">\n<li>Welton" },
    { "blocks",
      PAGE("<div><p>" A "</p><h2>The warning</h2><p>" B
           "</p><ol><li>Welton</li><li>Mill</li></ol><blockquote>"
           "Too late.</blockquote><p>" C "</p></div>"),
      "# T\n\n" A "\n\n## The warning\n\n" B "\n\n1. Welton\n2. Mill\n\n"
      "> Too late.\n\n" C "\n",
      "<h2>The warning</h2>\n<p>" B "</p>\n<ol>\n<li>Welton</li>\n<li>Mill"
      "</li>\n</ol>\n<blockquote><p>Too late.</p></blockquote>\n<p>" C },
    { "links, emphasis and code",
      PAGE(STORY
           "<p>The <a href='/w?a=1&amp;b=(2)'>works\n department</a> was "
           "<b>very</b> <i>late</i>, said <code>a*b</code> "
           "<strong><em>twice</em></strong>, and <a href='#n'>here</a> or "
           "<a href='javascript:x()'>there</a>, documents show.</p>"),
      "The [works department](https://p.example/w?a=1&b=%282%29) was **very** "
      "*late*, said `a*b` ***twice***, and here or there, documents show.",
      "The <a href=\"https://p.example/w?a=1&amp;b=(2)\">works department</a> "
      "was <strong>very</strong> <em>late</em>, said <code>a*b</code> "
      "<strong><em>twice</em></strong>, and here or there" },
    { "a link around other marks, and marks in pieces",
      PAGE(STORY "<p>It was <a href=/w>said <b>a</b><b>gain</b></a> that the "
                 "girders of the bridge had needed attention.</p>"),
      "It was [said **again**](https://p.example/w) that the",
      "<a href=\"https://p.example/w\">said <strong>again</strong></a>" },
    { "no marks but in the text",
      PAGE(STORY "<p>1. The *old* [bridge] &lt;b&gt; of snake_case and "
                 "5 * 3 = 15 &amp;amp; a `tick`, the council of the town "
                 "said.</p>"),
      "1\\. The \\*old\\* \\[bridge\\] \\<b> of snake_case and 5 * 3 = 15 "
      "\\&amp; a \\`tick\\`,",
      "1. The *old* [bridge] &lt;b&gt; of snake_case and 5 * 3 = 15 "
      "&amp;amp;" },
    { "emphasis that would not be read as such",
      PAGE(STORY "<p>The council's<b>&quot;plan&quot;</b>was to wait for the "
                 "girders to fall into the river by themselves.</p>"),
      "The council's\"plan\"was to wait",
      "The council's<strong>&quot;plan&quot;</strong>was to wait" },
    { "lists in lists",
      PAGE("<p>" A "</p><p>" B "</p><ul><li>Welton<ol><li>by bus</li><li>by "
           "car</li></ol></li><li>Mill</li></ul><p>" C "</p>"),
      "- Welton\n  1. by bus\n  2. by car\n- Mill\n",
      "<ul>\n<li>Welton<ol>\n<li>by bus</li>\n<li>by car</li>\n</ol>\n</li>\n"
      "<li>Mill</li>\n</ul>" },
    { "a table with a head",
      PAGE("<p>" A "</p><p>" B "</p><table><tr><th>Girder</th><th>Cracks</th>"
           "</tr><tr><td><b>North</b></td><td>4|5</td></tr></table><p>" C
           "</p>"),
      "| Girder | Cracks |\n| --- | --- |\n| **North** | 4\\|5 |\n",
      "<table>\n<tr><th>Girder</th>" },
    { "a table without a head",
      PAGE("<p>" A "</p><p>" B "</p><table><tr><td>South</td><td>2</td></tr>"
           "<tr><td>North</td><td>4</td></tr></table><p>" C "</p>"),
      "|  |  |\n| --- | --- |\n| South | 2 |\n| North | 4 |\n",
      "<tr><td>South</td><td>2</td></tr>" },
    { "captions",
      PAGE("<p>" A "</p><figure><img src=/b.jpg><figcaption>The [old] bridge"
           "</figcaption></figure><p>" B "</p><p>" C "</p>"),
      A "\n\n![The \\[old\\] bridge](https://p.example/b.jpg)\n\n" B,
      "<figcaption>The [old] bridge</figcaption>" },
    { "lines of one paragraph",
      PAGE("<p>" A "</p><p>" B "</p><p>Two roads,<br>- one bridge, and "
           "nobody knew which of them to take.</p><p>" C "</p>"),
      "Two roads,\\\n\\- one bridge", "Two roads,<br>\n- one bridge" },
};

static void test_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof written / sizeof written[0]; i++) {
        struct row r = { .html = written[i].html };
        struct body_result out;
        struct dtl_slice md, html;

        find(&r, &out);
        struct dtl_article a = {
            .title = dtl_str("T"),
            .blocks = out.blocks,
            .nblocks = out.nblocks,
            .page = found_on,
            .url = dtl_str("https://p.example/a/b"),
        };
        md = dtl_article_markdown(&a, arena);
        html = dtl_article_html(&a, arena);
        if (!holds(md, written[i].markdown))
            fail_msg("%s: %.*s", written[i].name, (int)md.len,
                     (const char *)md.ptr);
        if (!holds(html, written[i].clean))
            fail_msg("%s: %.*s", written[i].name, (int)html.len,
                     (const char *)html.ptr);
    }
}

/* A page that nobody said the address of is where it says to be found. */
static void test_base(void **state)
{
    static const struct row r = {
        .html = PAGE(STORY "<p>See <a href=/w>the works department</a> for "
                           "what it has to say.</p>"),
    };
    struct body_result out;
    struct dtl_article a;

    (void)state;
    find(&r, &out);
    a = (struct dtl_article){ .blocks = out.blocks,
                              .nblocks = out.nblocks,
                              .page = found_on };
    assert_true(holds(dtl_article_markdown(&a, arena), "](/w)"));
    a.canonical = dtl_str("https://p.example/a/b");
    assert_true(
        holds(dtl_article_markdown(&a, arena), "](https://p.example/w)"));
    a.url = dtl_str("https://copy.example/a/b");
    assert_true(
        holds(dtl_article_markdown(&a, arena), "](https://copy.example/w)"));
}

static void test_data(void **state)
{
    static const struct row shown = { .html = PAGE("<p>Loading.</p>") };
    struct dtl_slice title = dtl_str(TITLE);
    struct body_input in = {
        .titles = &title,
        .ntitles = 1,
        .json_body = dtl_str("<p>" A "</p><p>" B "</p>\n<p>" C " &amp; so on"),
    };
    struct body_result out;
    struct dtl_page *page;

    (void)state;
    dtl_arena_reset(arena);
    assert_int_equal(dtl_page_parse(dtl_str(shown.html), arena, &page, NULL),
                     DTL_OK);
    in.page = page;
    assert_int_equal(body_find(&in, arena, &out, NULL), DTL_OK);
    assert_true(out.flags & DTL_ARTICLE_FROM_JSON);
    assert_true(holds(out.text, B));
    assert_true(holds(out.text, "& so on"));
}

/* Pages that show nothing: their text waits for a script. */
static const struct {
    const char *name, *html;
    bool data; /* said in the page's data, not in its elements */
} waiting[] = {
    { "for readers without scripts",
      PAGE("<div id=app>Loading</div><noscript>" STORY "</noscript>"), false },
    { "in a template", PAGE("<template><div>" STORY "</div></template>"),
      false },
    { "in a template script",
      PAGE("<script type=text/template>" STORY "</script>"), true },
    { "in the state of an application, block by block",
      PAGE("<script id=__NEXT_DATA__ type=application/json>{\"props\":{\"a\":{"
           "\"body\":[{\"type\":\"p\",\"text\":\"" A "\"},{\"text\":\"" B
           "\"},{\"text\":\"" C "\"},{\"text\":\"" D "\"}],\"related\":[{"
           "\"text\":\"" X "\"}]},\"src\":\"https://p.example/a.js\"}}"
           "</script>"),
      true },
    { "in a variable, as HTML with escapes",
      PAGE("<script>window.__STATE__ = {\"a\":{\"id\":7,\"html\":\"\\u003cp>" A
           "\\u003c/p\\u003e<p>" B "<\\/p>\\n<p>" C "<\\/p><p>" D
           "<\\/p>\"}};</script>"),
      true },
};

static void test_waiting(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof waiting / sizeof waiting[0]; i++) {
        struct row r = { .html = waiting[i].html };
        struct body_result out;

        find(&r, &out);
        if (!holds(out.text, A) || !holds(out.text, D) || holds(out.text, X) ||
            holds(out.text, "p.example") ||
            ((out.flags & DTL_ARTICLE_FROM_JSON) != 0) != waiting[i].data ||
            out.page_type != DTL_PAGE_ARTICLE)
            fail_msg("%s: %.*s", waiting[i].name, (int)out.text.len,
                     (const char *)out.text.ptr);
    }
}

#define TEASER "<div class=t><h3><a href=/1>" OTHER "</a></h3></div>"
#define PRICE  "<div><span class=x>Boat</span><div class=price>9</div></div>"
#define PRICES PRICE PRICE PRICE PRICE PRICE PRICE PRICE PRICE
#define POST(text) \
    "<div class=post><div><time>10:20</time></div><p>" text "</p></div>"

static const struct {
    const char *name, *url, *html;
    uint8_t said, type;
} types[] = {
    { "an article", "https://p.example/a/bridge", PAGE(STORY), 0,
      DTL_PAGE_ARTICLE },
    { "the front page", "https://p.example/", PAGE(STORY), 0, DTL_PAGE_HOME },
    { "an article at the root, by its number", "https://p.example/?p=31228",
      PAGE(STORY), 0, DTL_PAGE_ARTICLE },
    { "an article below an index script",
      "https://p.example/index.php/2024/05/02/bridge", PAGE(STORY), 0,
      DTL_PAGE_ARTICLE },
    { "the front page with a campaign", "https://p.example/?utm_source=x",
      PAGE(STORY), 0, DTL_PAGE_HOME },
    { "one text among many teasers", "https://p.example/bridge",
      HEAD "<div>" TEASER TEASER TEASER TEASER TEASER TEASER TEASER TEASER
          TEASER TEASER TEASER "</div><article><h1>" TITLE "</h1>" STORY
           "</article>",
      0, DTL_PAGE_ARTICLE },
    { "a brief item that says what it is", "https://p.example/bridge",
      PAGE("<p>" A "</p>"), DTL_PAGE_ARTICLE, DTL_PAGE_ARTICLE },
    { "a shop's list, by its address", "https://p.example/category/boats",
      HEAD "<p>" A "</p><p>" B "</p><div>" TEASER TEASER TEASER TEASER TEASER
           "</div>",
      DTL_PAGE_ARTICLE, DTL_PAGE_LISTING },
    { "goods by their boxes", "https://p.example/boats/17",
      HEAD "<h1>" TITLE "</h1>" STORY "<div>" PRICES PRICES PRICES PRICES
           "</div>",
      0, DTL_PAGE_PRODUCT },
    { "a document on topics", "https://docs.p.example/topics/bridge",
      PAGE(STORY), 0, DTL_PAGE_DOCUMENT },
    { "a live blog by its address", "https://p.example/liveblog/7", PAGE(STORY),
      0, DTL_PAGE_LIVEBLOG },
    { "a live blog by its posts", "https://p.example/bridge",
      HEAD "<h1>" TITLE "</h1><main>" POST(A) POST(B) POST(C) POST(D) POST(X)
          POST(Y) "</main>",
      0, DTL_PAGE_LIVEBLOG },
    { "a product by its data", "https://p.example/x", PAGE("<p>" A "</p>"),
      DTL_PAGE_PRODUCT, DTL_PAGE_PRODUCT },
    { "a section: teasers for other pages", "https://p.example/news",
      HEAD "<div class=l><div class=t><h2><a href=/1>" OTHER "</a></h2><p>" X
           "</p></div><div class=t><h2><a href=/2>" TITLE "</a></h2><p>" A
           "</p></div><div class=t><h2><a href=/3>" FERRY_TITLE "</a></h2><p>" Y
           "</p></div></div>",
      0, DTL_PAGE_LISTING },
    { "a list of links", "https://p.example/news",
      HEAD "<ul><li><a href=/1>" OTHER "</a><li><a href=/2>" TITLE "</a></ul>",
      0, DTL_PAGE_LISTING },
};

/* What a forum's page gives depends on its address. */
static const struct {
    const char *name, *url, *html, *kept, *dropped;
} forums[] = {
    { "posts that stand as comments", "https://talk.example/forum/bridge",
      PAGE("<p>Which way do you go?</p><div class=comments><p>" A "</p><p>" B
           "</p><p>" C "</p></div>"),
      A "\n" B, NULL },
    { "comments below an article", "https://paper.example/bridge",
      PAGE(STORY "<div class=comments><p>" X "</p><p>" Y "</p></div>"), D, X },
    { "comments below questions and answers",
      "https://talk.example/questions/17/bridge",
      PAGE(STORY "<div class=comments><p>" X "</p></div>"), D, X },
};

static void find_at(const char *html, const char *url, uint8_t said,
                    struct body_result *out)
{
    struct dtl_slice title = dtl_str(TITLE);
    struct body_input in = {
        .titles = &title, .ntitles = 1, .url = dtl_str(url), .said_type = said
    };
    struct dtl_page *page;

    dtl_arena_reset(arena);
    assert_int_equal(dtl_page_parse(dtl_str(html), arena, &page, NULL), DTL_OK);
    in.page = page;
    assert_int_equal(body_find(&in, arena, out, NULL), DTL_OK);
}

static void test_forums(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof forums / sizeof forums[0]; i++) {
        struct body_result out;

        find_at(forums[i].html, forums[i].url, 0, &out);
        if (!holds(out.text, forums[i].kept) ||
            (forums[i].dropped != NULL && holds(out.text, forums[i].dropped)))
            fail_msg("%s: %.*s", forums[i].name, (int)out.text.len,
                     (const char *)out.text.ptr);
    }
}

static void test_types(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct body_result out;

        find_at(types[i].html, types[i].url, types[i].said, &out);
        if (out.page_type != types[i].type)
            fail_msg("%s: %s", types[i].name,
                     dtl_page_type_name(out.page_type));
    }
}

/* A short text that ends in such a line is the beginning of a longer one. */
static const struct {
    const char *name, *html;
    bool stub;
} stubs[] = {
    { "en", PAGE("<p>" A "</p><p>" B "</p><div>To continue reading, log in"),
      true },
    { "de",
      PAGE("<p>" A "</p><p>" B "</p><div>Sie sind bereits Abonnent? Anmelden"),
      true },
    { "fr",
      PAGE("<p>" A "</p><p>" B "</p><div>Cet article est réservé aux "
           "abonnés."),
      true },
    { "es", PAGE("<p>" A "</p><p>" B "</p><div>Para seguir leyendo, entra"),
      true },
    { "it", PAGE("<p>" A "</p><p>" B "</p><div>Per continuare a leggere"),
      true },
    { "pt", PAGE("<p>" A "</p><p>" B "</p><div>Exclusivo para assinantes"),
      true },
    { "nl", PAGE("<p>" A "</p><p>" B "</p><div>Alleen voor abonnees"), true },
    { "sv", PAGE("<p>" A "</p><p>" B "</p><div>För att läsa vidare"), true },
    { "pl", PAGE("<p>" A "</p><p>" B "</p><div>Tylko dla prenumeratorów"),
      true },
    { "ru", PAGE("<p>" A "</p><p>" B "</p><div>Чтобы читать дальше, войдите"),
      true },
    { "ja", PAGE("<p>" A "</p><p>" B "</p><div>この記事は有料です"), true },
    { "nothing of the kind", PAGE(STORY "<div>Imprint</div>"), false },
    { "said of another section",
      PAGE(STORY "<aside><div>To continue reading, log in</div></aside>"),
      false },
    { "said of the site, at the foot",
      PAGE(STORY "<footer>To continue reading, log in</footer>"), false },
    { "a whole text",
      PAGE(STORY STORY STORY STORY STORY "<p>" X "<p>" Y "<p>" X "<p>" Y
                                         "<div>To continue reading, log in"),
      false },
};

static void test_stubs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof stubs / sizeof stubs[0]; i++) {
        struct row r = { .html = stubs[i].html };
        struct body_result out;

        find(&r, &out);
        if (((out.flags & DTL_ARTICLE_PAYWALLED) != 0) != stubs[i].stub)
            fail_msg("%s", stubs[i].name);
    }
}

/* Cost grows with the page and not faster, whatever it holds. */
static void test_hostile(void **state)
{
    static const char *const units[] = {
        "<div>",
        "<p>x",
        "<li>" A,
        "<table><tr><td>",
        "<a href=x>",
        "<br>",
        "<h1>" TITLE "</h1>",
        "<div class='a b c d e f'>" A "</div>",
        "<b>" OTHER "</b><i>5 minutes ago</i><p>" X,
    };

    (void)state;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        size_t n = strlen(units[i]), len = 0, max = (size_t)1 << 20;
        uint8_t *text = malloc(max + n);
        struct dtl_slice title = dtl_str(TITLE);
        struct body_input in = { .titles = &title, .ntitles = 1 };
        struct body_result out;
        struct dtl_page *page;

        assert_non_null(text);
        while (len < max) {
            memcpy(text + len, units[i], n);
            len += n;
        }
        dtl_arena_reset(arena);
        assert_int_equal(
            dtl_page_parse(dtl_slice_of(text, len), arena, &page, NULL),
            DTL_OK);
        in.page = page;
        assert_int_equal(body_find(&in, arena, &out, NULL), DTL_OK);
        free(text);
    }
}

static int start(void **state)
{
    (void)state;
    arena = dtl_arena_new(0);
    return arena == NULL;
}

static int stop(void **state)
{
    (void)state;
    dtl_arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cut_character), cmocka_unit_test(test_rows),
        cmocka_unit_test(test_runs),          cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_others),        cmocka_unit_test(test_written),
        cmocka_unit_test(test_data),          cmocka_unit_test(test_base),
        cmocka_unit_test(test_forums),        cmocka_unit_test(test_types),
        cmocka_unit_test(test_hostile),       cmocka_unit_test(test_waiting),
        cmocka_unit_test(test_stubs),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
