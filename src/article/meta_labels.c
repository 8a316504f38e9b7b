/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words that stand beside a date and say what it is the date of, in any
 * language.  Lower case where the letter is ASCII.
 */
#include "meta.h"
#include "needles.h"

#ifdef DTL_MAKE_TABLES
#include "make_tables.h"

/* Words that make the date after them one of change, not of publication. */
static const char *const modified_words[] = {
    "updated",       "update:",       "modified",    "revised",
    "last edit",     "aktualisiert",  "zuletzt",     "stand:",
    "geändert",      "mis à jour",    "mise à jour", "modifié",
    "actualizado",   "actualización", "aggiornat",   "ultima modifica",
    "atualizado",    "atualização",   "bijgewerkt",  "laatste update",
    "uppdatera",     "oppdatert",     "opdateret",   "päivitetty",
    "aktualizov",    "aktualizac",    "zaktualizow", "обновлен",
    "оновлено",      "изменен",       "更新",        "수정",
    "업데이트",      "güncelle",      "cập nhật",    "diperbarui",
    "تحديث",         "עודכן",         "ažurirano",   "frissítve",
    "actualizat",    "ενημέρωση",     "atnaujinta",  "mis a jour",
    "senast ändrad", "sist endret",   "reviewed",
};

/* Words that make it the one of publication. */
static const char *const published_words[] = {
    "published",
    "posted",
    "post time",
    "post date",
    "publish date",
    "publish time",
    "publication date",
    "first published",
    "date:",
    "created",
    "veröffentlicht",
    "erstellt",
    "erschienen",
    "publiziert",
    "gepostet",
    "eingestellt",
    "online seit",
    "datum:",
    "publié",
    "mise en ligne",
    "mis en ligne",
    "créé le",
    "publicado",
    "publicada",
    "publicación",
    "pubblicat",
    "gepubliceerd",
    "geplaatst",
    "publicerad",
    "publisert",
    "udgivet",
    "offentliggjort",
    "julkaistu",
    "opublikowan",
    "dodano",
    "publikováno",
    "publikované",
    "objavljeno",
    "objavljeno",
    "közzétéve",
    "publicat",
    "paskelbta",
    "publicēts",
    "опубликован",
    "опубліковано",
    "публикувано",
    "δημοσίευση",
    "δημοσιεύθηκε",
    "yayınlanma",
    "yayın tarihi",
    "giriş",
    "发布",
    "發布",
    "公開",
    "掲載",
    "配信",
    "入力",
    "입력",
    "등록",
    "đăng",
    "diterbitkan",
    "نشر",
    "منتشر",
    "פורסם",
    "प्रकाशित",
    "เผยแพร่",
    "publicēts",
};

/* Words that make it one of something else altogether; those of the second
 * list also when they stand alone on the line above. */
static const char *const foreign_words[] = {
    "expires", "valid until", "born", "joined", "member since",
    "comment", "deadline",    "est.", "since",  "register",
};
static const char *const born_words[] = {
    "birth",      "geboren",    "geburtsdatum",  "né le",    "née le",
    "nacimiento", "nascimento", "nascita",       "urodzon",  "родился",
    "родилась",   "рождения",   "出生",          "生年月日", "생년월일",
    "doğum",      "ngày sinh",  "تاريخ الميلاد",
};
static const char *const copyright_words[] = { "©", "copyright", "(c)" };

static void put_words(const char *name, const char *const *words, size_t n)
{
    static struct needle_list x;

    memset(&x, 0, sizeof x);
    for (size_t i = 0; i < n; i++)
        add_needle(&x, words[i], strlen(words[i]));
    put_needles(name, &x);
}
#define PUT(list) \
    put_words(#list, list##_words, sizeof list##_words / sizeof *list##_words)

int main(void)
{
    PUT(modified);
    PUT(published);
    PUT(foreign);
    PUT(born);
    PUT(copyright);
    return ferror(stdout) || fflush(stdout) != 0;
}
#else
#include "meta_labels_tables.h"

static bool holds_any(struct dtl_slice s, const struct needles *words)
{
    uint8_t low[META_LINE_MAX];
    size_t len = 0;

    if (s.len > META_LINE_MAX)
        s = dtl_sub(s, s.len - META_LINE_MAX, s.len);
    for (; len < s.len; len++) {
        uint8_t c = s.ptr[len];

        low[len] = c >= 'A' && c <= 'Z' ? c | 0x20 : c;
    }
    return needles_any(words, dtl_slice_of(low, len));
}

bool meta_says_modified(struct dtl_slice s)
{
    return holds_any(s, &modified);
}

bool meta_says_published(struct dtl_slice s)
{
    return holds_any(s, &published);
}

bool meta_says_foreign(struct dtl_slice s)
{
    return holds_any(s, &foreign);
}

bool meta_says_born(struct dtl_slice s)
{
    return holds_any(s, &born);
}

bool meta_says_copyright(struct dtl_slice s)
{
    return holds_any(s, &copyright);
}

/* "This entry was posted on 2 May", "... wurde am 2. Mai um 10:15 gepostet". */
bool meta_is_posted(struct dtl_slice line, const struct date_hit *hit)
{
    struct dtl_slice before = dtl_sub(line, 0, hit->from);

    if (before.len > 40)
        before = dtl_sub(before, before.len - 40, before.len);
    return meta_says_published(before) ||
           meta_says_published(dtl_sub(line, hit->to, hit->to + 24));
}
#endif
