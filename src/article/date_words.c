/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of dates, by language.  All lower case.  Where names differ by
 * grammatical case the one that stands after a day comes first.  All names of
 * a month in one row begin with the same byte, which is what makes looking
 * one up cheap; a second set of names is a second row.  To add a
 * language: one row here, one case in tests/unit/test_article_date.c.
 */
#include "date.h"

/* clang-format off */
const struct date_locale date_locales[] = {
    { "en", { "january|jan", "february|feb", "march|mar", "april|apr", "may",
              "june|jun", "july|jul", "august|aug", "september|sept|sep",
              "october|oct", "november|nov", "december|dec" } },
    { "de", { "januar|jänner|jan", "februar|feber|feb", "märz|maerz|mär|mrz",
              "april|apr", "mai", "juni|jun", "juli|jul", "august|aug",
              "september|sept|sep", "oktober|okt", "november|nov",
              "dezember|dez" } },
    { "fr", { "janvier|janv|jan", "février|fevrier|févr|fév|fev", "mars|mar",
              "avril|avr", "mai", "juin", "juillet|juil", "août|aout|aoû",
              "septembre|sept|sep", "octobre|oct", "novembre|nov",
              "décembre|decembre|déc|dec" } },
    { "es", { "enero|ene", "febrero|feb", "marzo|mar", "abril|abr", "mayo|may",
              "junio|jun", "julio|jul", "agosto|ago",
              "septiembre|setiembre|sept|sep|set", "octubre|oct",
              "noviembre|nov", "diciembre|dic" } },
    { "pt", { "janeiro|jan", "fevereiro|fev", "março|marco|mar", "abril|abr",
              "maio|mai", "junho|jun", "julho|jul", "agosto|ago",
              "setembro|set", "outubro|out", "novembro|nov",
              "dezembro|dez" } },
    { "it", { "gennaio|gen", "febbraio|feb", "marzo|mar", "aprile|apr",
              "maggio|mag", "giugno|giu", "luglio|lug", "agosto|ago",
              "settembre|sett|set", "ottobre|ott", "novembre|nov",
              "dicembre|dic" } },
    { "nl", { "januari|jan", "februari|feb", "maart|mrt", "april|apr", "mei",
              "juni|jun", "juli|jul", "augustus|aug", "september|sept|sep",
              "oktober|okt", "november|nov", "december|dec" } },
    { "sv", { "januari|jan", "februari|feb", "mars|mar", "april|apr", "maj",
              "juni|jun", "juli|jul", "augusti|aug", "september|sept|sep",
              "oktober|okt", "november|nov", "december|dec" } },
    { "no", { "januar|jan", "februar|feb", "mars|mar", "april|apr", "mai",
              "juni|jun", "juli|jul", "august|aug", "september|sept|sep",
              "oktober|okt", "november|nov", "desember|des" } },
    { "da", { "januar|jan", "februar|feb", "marts|mar", "april|apr", "maj",
              "juni|jun", "juli|jul", "august|aug", "september|sept|sep",
              "oktober|okt", "november|nov", "december|dec" } },
    { "is", { "janúar|jan", "febrúar|feb", "mars|mar", "apríl|apr", "maí",
              "júní|jún", "júlí|júl", "ágúst|ágú", "september|sept|sep",
              "október|okt", "nóvember|nóv", "desember|des" } },
    { "fi", { "tammikuuta|tammikuu|tammi", "helmikuuta|helmikuu|helmi",
              "maaliskuuta|maaliskuu|maalis", "huhtikuuta|huhtikuu|huhti",
              "toukokuuta|toukokuu|touko", "kesäkuuta|kesäkuu|kesä",
              "heinäkuuta|heinäkuu|heinä", "elokuuta|elokuu|elo",
              "syyskuuta|syyskuu|syys", "lokakuuta|lokakuu|loka",
              "marraskuuta|marraskuu|marras",
              "joulukuuta|joulukuu|joulu" } },
    { "et", { "jaanuar|jaan", "veebruar|veebr", "märts", "aprill|apr", "mai",
              "juuni", "juuli", "august|aug", "september|sept", "oktoober|okt",
              "november|nov", "detsember|dets" } },
    { "lv", { "janvāris|janvārī|janvāra|janv", "februāris|februārī|febr",
              "marts|martā|marta", "aprīlis|aprīlī|aprīļa|apr",
              "maijs|maijā|maija", "jūnijs|jūnijā|jūnija|jūn",
              "jūlijs|jūlijā|jūlija|jūl", "augusts|augustā|augusta|aug",
              "septembris|septembrī|septembra|sept",
              "oktobris|oktobrī|oktobra|okt",
              "novembris|novembrī|novembra|nov",
              "decembris|decembrī|decembra|dec" } },
    { "lt", { "sausio|sausis|saus", "vasario|vasaris|vas",
              "kovo|kovas|kov", "balandžio|balandis|bal",
              "gegužės|gegužė|geg", "birželio|birželis|birž",
              "liepos|liepa|liep", "rugpjūčio|rugpjūtis|rugp",
              "rugsėjo|rugsėjis|rugs", "spalio|spalis|spal",
              "lapkričio|lapkritis|lapkr", "gruodžio|gruodis|gruod" } },
    { "pl", { "stycznia|styczeń|sty", "lutego|luty|lut", "marca|marzec|mar",
              "kwietnia|kwiecień|kwi", "maja|maj", "czerwca|czerwiec|cze",
              "lipca|lipiec|lip", "sierpnia|sierpień|sie",
              "września|wrzesień|wrz", "października|październik|paź",
              "listopada|listopad|lis", "grudnia|grudzień|gru" } },
    { "cs", { "ledna|leden|led", "února|únor|úno", "března|březen|bře",
              "dubna|duben|dub", "května|květen|kvě",
              "června|červen|čvn", "července|červenec|čvc",
              "srpna|srpen|srp", "září|zář", "října|říjen|říj",
              "listopadu|listopad|lis", "prosince|prosinec|pro" } },
    { "sk", { "januára|január|jan", "februára|február|feb", "marca|marec|mar",
              "apríla|apríl|apr", "mája|máj", "júna|jún", "júla|júl",
              "augusta|august|aug", "septembra|september|sep",
              "októbra|október|okt", "novembra|november|nov",
              "decembra|december|dec" } },
    { "sl", { "januarja|januar|jan", "februarja|februar|feb", "marca|marec|mar",
              "aprila|april|apr", "maja|maj", "junija|junij|jun",
              "julija|julij|jul", "avgusta|avgust|avg",
              "septembra|september|sep", "oktobra|oktober|okt",
              "novembra|november|nov", "decembra|december|dec" } },
    { "hr", { "siječnja|siječanj|sij", "veljače|veljača|velj",
              "ožujka|ožujak|ožu", "travnja|travanj|tra",
              "svibnja|svibanj|svi", "lipnja|lipanj|lip",
              "srpnja|srpanj|srp", "kolovoza|kolovoz|kol",
              "rujna|rujan|ruj", "listopada|listopad|lis",
              "studenoga|studenog|studeni|stu", "prosinca|prosinac|pro" } },
    { "sr", { "januara|januar|jan", "februara|februar|feb", "marta|mart|mar",
              "aprila|april|apr", "maja|maj", "juna|juni|jun",
              "jula|juli|jul", "avgusta|avgust|augusta|avg",
              "septembra|septembar|sep", "oktobra|oktobar|okt",
              "novembra|novembar|nov", "decembra|decembar|dec" } },
    { "sr", { "јануара|јануар|јан", "фебруара|фебруар|феб", "марта|март|мар",
              "априла|април|апр", "маја|мај", "јуна|јун", "јула|јул",
              "августа|август|авг", "септембра|септембар|сеп",
              "октобра|октобар|окт", "новембра|новембар|нов",
              "децембра|децембар|дец" } },
    { "mk", { "јануари|јан", "февруари|фев", "март|мар", "април|апр", "мај",
              "јуни|јун", "јули|јул", "август|авг", "септември|септ",
              "октомври|окт", "ноември|ноем", "декември|дек" } },
    { "bg", { "януари|яну", "февруари|фев", "март|мар", "април|апр", "май",
              "юни|юн", "юли|юл", "август|авг", "септември|сеп",
              "октомври|окт", "ноември|ное", "декември|дек" } },
    { "ru", { "января|январь|янв", "февраля|февраль|фев", "марта|март|мар",
              "апреля|апрель|апр", "мая|май", "июня|июнь|июн",
              "июля|июль|июл", "августа|август|авг",
              "сентября|сентябрь|сент|сен", "октября|октябрь|окт",
              "ноября|ноябрь|ноя", "декабря|декабрь|дек" } },
    { "uk", { "січня|січень|січ", "лютого|лютий|лют", "березня|березень|бер",
              "квітня|квітень|кві", "травня|травень|тра",
              "червня|червень|чер", "липня|липень|лип",
              "серпня|серпень|сер", "вересня|вересень|вер",
              "жовтня|жовтень|жов", "листопада|листопад|лис",
              "грудня|грудень|гру" } },
    { "be", { "студзеня|студзень", "лютага|люты", "сакавіка|сакавік",
              "красавіка|красавік", "траўня|травень", "чэрвеня|чэрвень",
              "ліпеня|ліпень", "жніўня|жнівень", "верасня|верасень",
              "кастрычніка|кастрычнік", "лістапада|лістапад",
              "снежня|снежань" } },
    { "be", { "студзеня|студзень", "лютага|люты", "сакавіка|сакавік",
              "красавіка|красавік", "мая", "чэрвеня|чэрвень", "ліпеня|ліпень",
              "жніўня|жнівень", "верасня|верасень", "кастрычніка|кастрычнік",
              "лістапада|лістапад", "снежня|снежань" } },
    { "el", { "ιανουαρίου|ιανουάριος|ιανουάριου|γενάρη|ιαν",
              "φεβρουαρίου|φεβρουάριος|φεβρουάριου|φλεβάρη|φεβ",
              "μαρτίου|μάρτιος|μάρτη|μαρ|μάρ", "απριλίου|απρίλιος|απρίλη|απρ",
              "μαΐου|μαίου|μάιος|μάϊος|μάη|μαϊ|μάι|μαι", "ιουνίου|ιούνιος|ιουν",
              "ιουλίου|ιούλιος|ιουλ", "αυγούστου|αύγουστος|αυγ|αύγ",
              "σεπτεμβρίου|σεπτέμβριος|σεπτέμβρη|σεπ",
              "οκτωβρίου|οκτώβριος|οκτώβρη|οκτ",
              "νοεμβρίου|νοέμβριος|νοέμβρη|νοε|νοέ",
              "δεκεμβρίου|δεκέμβριος|δεκέμβρη|δεκ" } },
    { "hu", { "január|jan", "február|febr|feb", "március|márc|már",
              "április|ápr", "május|máj", "június|jún", "július|júl",
              "augusztus|aug", "szeptember|szept", "október|okt",
              "november|nov", "december|dec" } },
    { "ro", { "ianuarie|ian", "februarie|feb", "martie|mar", "aprilie|apr",
              "mai", "iunie|iun", "iulie|iul", "august|aug",
              "septembrie|sept|sep", "octombrie|oct", "noiembrie|nov|noi",
              "decembrie|dec" } },
    { "sq", { "janar|jan", "shkurt|shk", "mars|mar", "prill|pri", "maj",
              "qershor|qer", "korrik|kor", "gusht|gus", "shtator|sht",
              "tetor|tet", "nëntor|nën", "dhjetor|dhj" } },
    { "tr", { "ocak|oca", "şubat|şub", "mart|mar", "nisan|nis|nİsan",
              "mayıs|mayis|may", "haziran|haz|hazİran", "temmuz|tem",
              "ağustos|ağu", "eylül|eyl", "ekim|eki|ekİm", "kasım|kasim|kas",
              "aralık|aralik|ara" } },
    { "az", { "yanvar|yan", "fevral|fev", "mart|mar", "aprel|apr", "may",
              "iyun", "iyul", "avqust|avq", "sentyabr|sen", "oktyabr|okt",
              "noyabr|noy", "dekabr|dek" } },
    { "ca", { "gener|gen", "febrer|febr", "març", "abril|abr", "maig",
              "juny", "juliol|jul", "agost|ag", "setembre|set",
              "octubre|oct", "novembre|nov", "desembre|des" } },
    { "gl", { "xaneiro|xan", "febreiro|feb", "marzo|mar", "abril|abr",
              "maio|mai", "xuño|xuñ", "xullo|xul", "agosto|ago",
              "setembro|set", "outubro|out", "novembro|nov",
              "decembro|dec" } },
    { "eu", { "urtarrilaren|urtarrila|urt", "otsailaren|otsaila|ots",
              "martxoaren|martxoa", "apirilaren|apirila", "maiatzaren|maiatza",
              "ekainaren|ekaina", "uztailaren|uztaila", "abuztuaren|abuztua",
              "irailaren|iraila", "urriaren|urria", "azaroaren|azaroa",
              "abenduaren|abendua" } },
    { "ka", { "იანვარი|იანვარს", "თებერვალი|თებერვალს", "მარტი|მარტს",
              "აპრილი|აპრილს", "მაისი|მაისს", "ივნისი|ივნისს",
              "ივლისი|ივლისს", "აგვისტო|აგვისტოს", "სექტემბერი|სექტემბერს",
              "ოქტომბერი|ოქტომბერს", "ნოემბერი|ნოემბერს",
              "დეკემბერი|დეკემბერს" } },
    { "hy", { "հունվարի|հունվար", "փետրվարի|փետրվար", "մարտի|մարտ",
              "ապրիլի|ապրիլ", "մայիսի|մայիս", "հունիսի|հունիս",
              "հուլիսի|հուլիս", "օգոստոսի|օգոստոս", "սեպտեմբերի|սեպտեմբեր",
              "հոկտեմբերի|հոկտեմբեր", "նոյեմբերի|նոյեմբեր",
              "դեկտեմբերի|դեկտեմբեր" } },
    { "ar", { "يناير|كانون الثاني", "فبراير|فيفري", "مارس|مارس",
              "أبريل|ابريل|إبريل|أفريل", "مايو|ماي", "يونيو|يونيه",
              "يوليو|يوليه", "أغسطس|اغسطس|آب|أوت", "سبتمبر|أيلول",
              "أكتوبر|اكتوبر|تشرين الأول", "نوفمبر", "ديسمبر" } },
    { "ar", { "جانفي", "شباط", "آذار", "نيسان", "أيار", "حزيران|جوان",
              "تموز|جويلية", "أغسطس|اغسطس|آب|أوت", "سبتمبر|أيلول",
              "أكتوبر|اكتوبر|تشرين الأول", "تشرين الثاني", "كانون الأول" } },
    { "he", { "בינואר|ינואר", "בפברואר|פברואר", "במרץ|מרץ|במרס|מרס",
              "באפריל|אפריל", "במאי|מאי", "ביוני|יוני", "ביולי|יולי",
              "באוגוסט|אוגוסט", "בספטמבר|ספטמבר", "באוקטובר|אוקטובר",
              "בנובמבר|נובמבר", "בדצמבר|דצמבר" } },
    { "ur", { "جنوری", "فروری", "مارچ", "اپریل", "مئی", "جون", "جولائی",
              "اگست", "ستمبر", "اکتوبر", "نومبر", "دسمبر" } },
    { "hi", { "जनवरी|जन", "फ़रवरी|फरवरी|फर", "मार्च", "अप्रैल|अप्रै", "मई",
              "जून", "जुलाई|जुल", "अगस्त|अग", "सितंबर|सितम्बर|सित",
              "अक्टूबर|अक्तूबर|अक्टू", "नवंबर|नवम्बर|नव",
              "दिसंबर|दिसम्बर|दिस" } },
    { "mr", { "जानेवारी", "फेब्रुवारी", "मार्च", "एप्रिल", "मे", "जून",
              "जुलै", "ऑगस्ट", "सप्टेंबर", "ऑक्टोबर", "नोव्हेंबर",
              "डिसेंबर" } },
    { "bn", { "জানুয়ারি|জানুয়ারী|জানুয়ারি", "ফেব্রুয়ারি|ফেব্রুয়ারী|ফেব্রুয়ারি", "মার্চ", "এপ্রিল",
              "মে", "জুন", "জুলাই", "আগস্ট|অগস্ট", "সেপ্টেম্বর",
              "অক্টোবর", "নভেম্বর", "ডিসেম্বর" } },
    { "ta", { "ஜனவரி", "பிப்ரவரி", "மார்ச்", "ஏப்ரல்", "மே", "ஜூன்", "ஜூலை",
              "ஆகஸ்ட்", "செப்டம்பர்", "அக்டோபர்", "நவம்பர்", "டிசம்பர்" } },
    { "te", { "జనవరి", "ఫిబ్రవరి", "మార్చి", "ఏప్రిల్", "మే", "జూన్", "జూలై",
              "ఆగస్టు", "సెప్టెంబర్", "అక్టోబర్", "నవంబర్", "డిసెంబర్" } },
    { "th", { "มกราคม|ม.ค.|ม.ค", "กุมภาพันธ์|ก.พ.|ก.พ", "มีนาคม|มี.ค.|มี.ค",
              "เมษายน|เม.ย.|เม.ย", "พฤษภาคม|พ.ค.|พ.ค",
              "มิถุนายน|มิ.ย.|มิ.ย", "กรกฎาคม|ก.ค.|ก.ค", "สิงหาคม|ส.ค.|ส.ค",
              "กันยายน|ก.ย.|ก.ย", "ตุลาคม|ต.ค.|ต.ค", "พฤศจิกายน|พ.ย.|พ.ย",
              "ธันวาคม|ธ.ค.|ธ.ค" } },
    { "vi", { "tháng một|tháng giêng", "tháng hai", "tháng ba", "tháng tư",
              "tháng năm", "tháng sáu", "tháng bảy", "tháng tám",
              "tháng chín", "tháng mười", "tháng mười một",
              "tháng mười hai|tháng chạp" } },
    { "id", { "januari|jan", "februari|feb", "maret|mar", "april|apr", "mei",
              "juni|jun", "juli|jul", "agustus|agu|agt|ags",
              "september|sep|sept", "oktober|okt", "november|nov|nopember",
              "desember|des" } },
    { "id", { "januari|jan", "pebruari", "maret|mar", "april|apr", "mei",
              "juni|jun", "juli|jul", "agustus|agu|agt|ags",
              "september|sep|sept", "oktober|okt", "november|nov|nopember",
              "desember|des" } },
    { "ms", { "januari|jan", "februari|feb", "mac", "april|apr", "mei",
              "jun", "julai|jul", "ogos|ogo", "september|sep", "oktober|okt",
              "november|nov", "disember|dis" } },
    { "tl", { "enero|ene", "pebrero|peb", "marso|mar", "abril|abr", "mayo",
              "hunyo|hun", "hulyo|hul", "agosto|ago", "setyembre|set",
              "oktubre|okt", "nobyembre|nob", "disyembre|dis" } },
    { "sw", { "januari|jan", "februari|feb", "machi|mac", "aprili|apr",
              "mei", "juni|jun", "julai|jul", "agosti|ago", "septemba|sep",
              "oktoba|okt", "novemba|nov", "desemba|des" } },
    { "af", { "januarie|jan", "februarie|feb", "maart|mrt", "april|apr",
              "mei", "junie|jun", "julie|jul", "augustus|aug",
              "september|sept", "oktober|okt", "november|nov",
              "desember|des" } },
    /* The Persian solar year; date.c converts, its months are 13 to 24. */
    { "fa", { "فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر",
              "آبان", "آذر", "دی", "بهمن", "اسفند" } },
};
const size_t date_nlocales = sizeof date_locales / sizeof date_locales[0];

#define MIN  60
#define HOUR 3600
#define DAY  86400
#define WEEK (7 * DAY)

const struct date_unit date_units[] = {
    { "seconds", 1 }, { "second", 1 }, { "secs", 1 }, { "sec", 1 },
    { "minutes", MIN }, { "minute", MIN }, { "mins", MIN }, { "min", MIN },
    { "hours", HOUR }, { "hour", HOUR }, { "hrs", HOUR }, { "hr", HOUR },
    { "h", HOUR }, { "m", MIN }, { "d", DAY }, { "w", WEEK },
    { "days", DAY }, { "day", DAY }, { "weeks", WEEK }, { "week", WEEK },
    /* de */
    { "sekunden", 1 }, { "minuten", MIN }, { "stunden", HOUR },
    { "stunde", HOUR }, { "std", HOUR }, { "tagen", DAY }, { "tag", DAY },
    { "wochen", WEEK }, { "woche", WEEK },
    /* fr, es, pt, it, ca, ro */
    { "heures", HOUR }, { "heure", HOUR }, { "jours", DAY }, { "jour", DAY },
    { "semaines", WEEK }, { "semaine", WEEK },
    { "minutos", MIN }, { "minuto", MIN }, { "horas", HOUR },
    { "hora", HOUR }, { "días", DAY }, { "dias", DAY }, { "día", DAY },
    { "dia", DAY }, { "semanas", WEEK }, { "semana", WEEK },
    { "minuti", MIN }, { "ore", HOUR }, { "ora", HOUR }, { "giorni", DAY },
    { "giorno", DAY }, { "settimane", WEEK }, { "minuts", MIN },
    { "hores", HOUR }, { "dies", DAY }, { "minute", MIN }, { "ore", HOUR },
    { "zile", DAY },
    /* nl, sv, da, no, fi */
    { "minuut", MIN }, { "uur", HOUR }, { "uren", HOUR }, { "dagen", DAY },
    { "dag", DAY }, { "weken", WEEK }, { "minuter", MIN }, { "timmar", HOUR },
    { "timme", HOUR }, { "dagar", DAY }, { "veckor", WEEK },
    { "minutter", MIN }, { "minutt", MIN }, { "minut", MIN },
    { "timer", HOUR }, { "time", HOUR }, { "timar", HOUR }, { "dage", DAY },
    { "dager", DAY }, { "døgn", DAY }, { "uker", WEEK }, { "uger", WEEK },
    { "minuuttia", MIN }, { "tuntia", HOUR }, { "tunti", HOUR },
    { "päivää", DAY }, { "päivä", DAY },
    /* pl, cs, sk, hr, sr, hu */
    { "minuty", MIN }, { "minutę", MIN }, { "minutami", MIN },
    { "godzin", HOUR }, { "godziny", HOUR }, { "godzinę", HOUR },
    { "godz", HOUR }, { "dni", DAY }, { "dzień", DAY }, { "hodin", HOUR },
    { "hodinami", HOUR }, { "hodinou", HOUR }, { "dny", DAY }, { "dňami", DAY },
    { "minuta", MIN }, { "minute", MIN }, { "sati", HOUR }, { "sata", HOUR },
    { "sat", HOUR }, { "dana", DAY }, { "perce", MIN }, { "perccel", MIN },
    { "órája", HOUR }, { "órával", HOUR }, { "napja", DAY },
    /* ru, uk, bg, el, tr */
    { "минут", MIN }, { "минуты", MIN }, { "минуту", MIN }, { "мин", MIN },
    { "часов", HOUR }, { "часа", HOUR }, { "час", HOUR }, { "дней", DAY },
    { "дня", DAY }, { "день", DAY }, { "хвилин", MIN }, { "хвилини", MIN },
    { "годин", HOUR }, { "години", HOUR }, { "годину", HOUR }, { "дні", DAY },
    { "днів", DAY }, { "минути", MIN }, { "дни", DAY }, { "λεπτά", MIN },
    { "ώρες", HOUR }, { "ώρα", HOUR }, { "ημέρες", DAY }, { "μέρες", DAY },
    { "dakika", MIN }, { "saat", HOUR }, { "gün", DAY }, { "hafta", WEEK },
    /* ar, fa, he, hi */
    { "دقيقة", MIN }, { "دقائق", MIN }, { "ساعة", HOUR }, { "ساعات", HOUR },
    { "يوم", DAY }, { "أيام", DAY }, { "دقیقه", MIN }, { "ساعت", HOUR },
    { "روز", DAY }, { "דקות", MIN }, { "דקה", MIN }, { "שעות", HOUR },
    { "שעה", HOUR }, { "ימים", DAY }, { "मिनट", MIN }, { "घंटे", HOUR },
    { "घंटा", HOUR }, { "दिन", DAY },
    /* zh, ja, ko, vi, id, th */
    { "分钟", MIN }, { "分鐘", MIN }, { "分", MIN }, { "小时", HOUR },
    { "小時", HOUR }, { "時間", HOUR }, { "天", DAY }, { "日", DAY },
    { "週間", WEEK }, { "分間", MIN }, { "분", MIN }, { "시간", HOUR },
    { "일", DAY }, { "phút", MIN }, { "giờ", HOUR }, { "ngày", DAY },
    { "menit", MIN }, { "jam", HOUR }, { "hari", DAY }, { "นาที", MIN },
    { "ชั่วโมง", HOUR }, { "วัน", DAY },
};
const size_t date_nunits = sizeof date_units / sizeof date_units[0];

const char *const date_ago_before[] = {
    "vor", "il y a", "hace", "há", "fa", "pred", "před", "prije", "pre",
    "acum", "преди", "πριν", "منذ", "قبل", "לפני", "prieš", "pirms",
    "před", NULL,
};
const char *const date_ago_after[] = {
    "ago", "geleden", "sedan", "siden", "sitten", "temu", "назад", "тому",
    "önce", "evvel", "前", "전", "trước", "yang lalu", "lalu", "ที่แล้ว",
    "ที่ผ่านมา", "पहले", "پیش", "قبل", "ezelőtt", "tagasi", "atrás", "fa",
    "în urmă", "earlier", NULL,
};

const struct date_unit date_days_back[] = {
    { "today", 0 }, { "heute", 0 }, { "aujourd'hui", 0 },
    { "aujourd’hui", 0 }, { "hoy", 0 }, { "hoje", 0 }, { "oggi", 0 },
    { "vandaag", 0 }, { "idag", 0 }, { "i dag", 0 }, { "tänään", 0 },
    { "dzisiaj", 0 }, { "dziś", 0 }, { "dnes", 0 }, { "danas", 0 },
    { "сегодня", 0 }, { "сьогодні", 0 }, { "днес", 0 }, { "σήμερα", 0 },
    { "bugün", 0 }, { "今天", 0 }, { "今日", 0 }, { "오늘", 0 },
    { "hôm nay", 0 }, { "hari ini", 0 }, { "اليوم", 0 }, { "امروز", 0 },
    { "היום", 0 }, { "आज", 0 }, { "ma", 0 }, { "astăzi", 0 },
    { "yesterday", 1 }, { "gestern", 1 }, { "hier", 1 }, { "ayer", 1 },
    { "ontem", 1 }, { "ieri", 1 }, { "gisteren", 1 }, { "igår", 1 },
    { "i går", 1 }, { "eilen", 1 }, { "wczoraj", 1 }, { "včera", 1 },
    { "jučer", 1 }, { "juče", 1 }, { "вчера", 1 }, { "вчора", 1 },
    { "χθες", 1 }, { "dün", 1 }, { "昨天", 1 }, { "昨日", 1 },
    { "어제", 1 }, { "hôm qua", 1 }, { "kemarin", 1 }, { "أمس", 1 },
    { "دیروز", 1 }, { "אתמול", 1 }, { "कल", 1 }, { "tegnap", 1 },
};
const size_t date_ndays_back = sizeof date_days_back / sizeof date_days_back[0];

const struct date_unit date_zones[] = {
    { "utc", 0 }, { "gmt", 0 }, { "z", 0 }, { "wet", 0 }, { "bst", HOUR },
    { "cet", HOUR }, { "mez", HOUR }, { "cest", 2 * HOUR },
    { "mesz", 2 * HOUR }, { "eet", 2 * HOUR }, { "eest", 3 * HOUR },
    { "sast", 2 * HOUR }, { "msk", 3 * HOUR }, { "мск", 3 * HOUR },
    { "trt", 3 * HOUR }, { "gst", 4 * HOUR }, { "pkt", 5 * HOUR },
    { "ist", 5 * HOUR + HOUR / 2 }, { "wib", 7 * HOUR }, { "ict", 7 * HOUR },
    { "sgt", 8 * HOUR }, { "hkt", 8 * HOUR }, { "awst", 8 * HOUR },
    { "jst", 9 * HOUR }, { "kst", 9 * HOUR }, { "aest", 10 * HOUR },
    { "aedt", 11 * HOUR }, { "nzst", 12 * HOUR }, { "nzdt", 13 * HOUR },
    { "est", -5 * HOUR }, { "edt", -4 * HOUR }, { "et", -5 * HOUR },
    { "cst", -6 * HOUR }, { "cdt", -5 * HOUR }, { "mst", -7 * HOUR },
    { "mdt", -6 * HOUR }, { "pst", -8 * HOUR }, { "pdt", -7 * HOUR },
    { "pt", -8 * HOUR }, { "akst", -9 * HOUR }, { "hst", -10 * HOUR },
    { "brt", -3 * HOUR }, { "art", -3 * HOUR },
};
const size_t date_nzones = sizeof date_zones / sizeof date_zones[0];

const char *const date_glue[] = {
    "de", "del", "of", "d", "the", "m", "a", "di", "le", "den", "der",
    "г", "года", "року", "г.", "р", "thang", "năm", "dne", "het", "ng", NULL,
};
/* clang-format on */

/* A bit for each row of date_locales. */
_Static_assert(sizeof date_locales / sizeof date_locales[0] <= 64, "bits");

#ifdef DTL_MAKE_TABLES
#include "make_tables.h"

int main(void)
{
    uint64_t rows[DATE_MONTH_SLOTS] = { 0 };

    for (size_t i = 0; i < date_nlocales * 12; i++) {
        const char *p = date_locales[i / 12].months[i % 12];

        for (size_t len; *p != '\0'; p += len + (p[len] == '|')) {
            len = strcspn(p, "|");
            for (size_t k = 0; k < DATE_MONTH_SLOTS; k++)
                if (len < 3 ||
                    k == date_start((const uint8_t *)p) % DATE_MONTH_SLOTS)
                    rows[k] |= UINT64_C(1) << i / 12;
        }
    }
    PUT_NUMBERS(uint64_t, "month_locales", rows, DATE_MONTH_SLOTS);
    return ferror(stdout) || fflush(stdout) != 0;
}
#else
#include "date_words_tables.h"

uint64_t date_month_locales(const uint8_t *word)
{
    return month_locales[date_start(word) % DATE_MONTH_SLOTS];
}
#endif
