/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sentences that sites put into every article: consent to embedded content,
 * calls to subscribe, to donate, to install something.  Known by the words
 * they put together; one word alone proves nothing.
 */
#include "body_parts.h"
#include "needles.h"

/* Beginnings of words and phrases, lower case, bounded on the left; "|"
 * between them.  A block of at most TOPIC_SIZE letters with two different ones
 * of a topic, or one with "!" before it, is boilerplate. */
#define TOPIC_SIZE 600u

static const struct {
    uint8_t topic;
    const char *words;
} topics[] = {
    /* en de fr es it nl pl sv pt */
    { TOPIC_CONSENT,
      "!privacy settings|!cookie settings|cookies|privacy policy|personal data|"
      "third-party|third party|consent|embedded content|external content|"
      "data protection" },
    { TOPIC_CONSENT,
      "datenschutz|personenbezogene|externe inhalt|externer inhalt|"
      "externen inhalt|drittplattform|!privatsphäre-einstellungen|einwilligung|"
      "einverstanden|redaktioneller inhalt|angezeigt" },
    { TOPIC_CONSENT,
      "confidentialité|contenu externe|données personnelles|contenu tiers|"
      "consentement|contenido externo|privacidad|terceros|contenuti esterni|"
      "dati personali|persoonsgegevens|externe inhoud|dane osobowe|"
      "dados pessoais|samtycke" },
    { TOPIC_SUBSCRIBE,
      "!our newsletter|!sign up for|!your inbox|newsletter|subscribe|"
      "subscription|unsubscribe|sign up|inbox|whatsapp channel|follow us|"
      "breaking news|push notification|google news|privacy policy|"
      "email address|e-mail address|bookmark" },
    { TOPIC_SUBSCRIBE,
      "abonnier|newsletter|posteingang|whatsapp-kanal|whatsapp-channel|"
      "whatsapp|jederzeit|abmelden|anmelden|push-nachricht|eilmeldung|"
      "folgen sie uns|kostenlos" },
    { TOPIC_SUBSCRIBE,
      "infolettre|s'inscrire|inscrivez-vous|abonnez-vous|boîte mail|"
      "boletín|suscríb|suscrib|correo electrónico|iscriviti|posta elettronica|"
      "nieuwsbrief|schrijf je in|nyhetsbrev|prenumerera|zapisz się|"
      "newslettera|inscreva-se|receba|рассылк|подпи|telegram-канал" },
    { TOPIC_WALL,
      "!subscribe to continue|!to continue reading|!subscribers only|"
      "!already a subscriber|!sign in to read|subscriber|log in|free trial|"
      "per month|cancel anytime|unlimited access|premium|subscribe" },
    { TOPIC_WALL,
      "!réservée aux abonnés|!il vous reste|!article réservé|!weiterlesen mit|"
      "!jetzt weiterlesen|!nur für abonnenten|!suscriptores|!会員限定|"
      "!有料会員|!読み放題|abonnent|abonnés|probemonat|monatlich kündbar|"
      "zugang|digital-abo|会員登録|ログイン|定期購読" },
    { TOPIC_SUPPORT,
      "!make a donation|!support our work|donate|donation|contribut|"
      "support us|reader-funded|independent journalism|paypal|patreon|"
      "become a member|tax-deductible" },
    { TOPIC_SUPPORT,
      "spende|unterstützen sie|mitglied werden|freiwillige|unterstützung|"
      "faire un don|soutenez|don mensuel|donación|apóyanos|donazione|"
      "sostieni|doneer|wesprzyj" },
};

#define TOPIC_ROWS (sizeof topics / sizeof *topics)
#ifdef DTL_MAKE_TABLES
#include "make_tables.h"

/* All words of the table in one index, and whose they are. */
int main(void)
{
    static struct needle_list x;
    static uint8_t row[MAX_NEEDLES];
    static bool strong[MAX_NEEDLES];

    for (size_t i = 0; i < TOPIC_ROWS; i++)
        for (const char *w = topics[i].words; *w != '\0';) {
            size_t len = strcspn(w, "|");
            bool mark = *w == '!';

            add_needle(&x, w + mark, len - mark);
            row[x.n - 1] = (uint8_t)i;
            strong[x.n - 1] = mark;
            w += len;
            w += *w == '|';
        }
    put_needles("topic_words", &x);
    PUT_NUMBERS(uint8_t, "row_of", row, x.n);
    PUT_NUMBERS(bool, "is_strong", strong, x.n);
    return ferror(stdout) || fflush(stdout) != 0;
}
#else
#include "boilerplate_tables.h"

static bool starts_word(struct dtl_slice text, size_t at)
{
    uint8_t c = at > 0 ? text.ptr[at - 1] : ' ';

    return !((c >= 'a' && c <= 'z') || (c >= 0xc3 && c < 0xe2));
}

static void count_words(struct dtl_slice text, unsigned count[TOPIC_ROWS])
{
    uint16_t at[sizeof row_of];

    needles_find(&topic_words, text, at);
    for (unsigned i = 0; i < topic_words.n; i++)
        if (at[i] != UINT16_MAX && starts_word(text, at[i]))
            count[row_of[i]] += is_strong[i] ? 2 : 1;
}

/* The topic `k` is boilerplate of, or TOPICS. */
static unsigned topic_of(const struct finder *f, const struct block *k)
{
    uint8_t buf[1600];
    struct dtl_slice text = block_text(&f->b, k), low;
    unsigned count[TOPICS] = { 0 }, row[TOPIC_ROWS] = { 0 };
    unsigned need = 2 + k->size / 250;

    if (k->size > TOPIC_SIZE || text.len > sizeof buf || k->size < 20 ||
        k->role != DTL_BLOCK_PARAGRAPH || (k->sig == f->usual && k->size > 300))
        return TOPICS;
    for (size_t i = 0; i < text.len; i++)
        buf[i] = text.ptr[i] >= 'A' && text.ptr[i] <= 'Z' ? text.ptr[i] | 0x20
                                                          : text.ptr[i];
    low = dtl_slice_of(buf, text.len);
    count_words(low, row);
    for (size_t i = 0; i < TOPIC_ROWS; i++) {
        count[topics[i].topic] += row[i];
        if (count[topics[i].topic] >= need &&
            (k->sig != f->usual || topics[i].topic == TOPIC_CONSENT ||
             topics[i].topic == TOPIC_WALL))
            return topics[i].topic;
    }
    return TOPICS;
}

#define REPEAT_SLOTS 512u

static uint32_t hash_of(struct dtl_slice s)
{
    uint64_t h = s.len, v;
    size_t i = 0;

    for (; i + 8 <= s.len; i += 8) {
        memcpy(&v, s.ptr + i, 8);
        h = (h ^ v) * UINT64_C(0xff51afd7ed558ccd);
        h ^= h >> 32;
    }
    for (; i < s.len; i++)
        h = (h ^ s.ptr[i]) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(h >> 32);
}

/* A passage that stands there word for word again. */
static void mark_repeats(struct finder *f)
{
    const struct box *x = &f->b.box[f->main];
    struct {
        uint32_t block, hash;
    } seen[REPEAT_SLOTS] = { { 0 } };

    uint32_t again = 0;

    for (uint32_t i = x->first; i < x->last; i++) {
        struct block *k = &f->b.block[i], *o;
        uint32_t h;

        if (k->size < 80 || k->role != DTL_BLOCK_PARAGRAPH || k->foreign ||
            (f->b.box[k->box].above & HINT_OUT))
            continue;
        h = hash_of(block_text(&f->b, k));
        o = &f->b.block[seen[h % REPEAT_SLOTS].block];
        if (seen[h % REPEAT_SLOTS].hash == h && o->len == k->len &&
            memcmp(f->b.text + o->text, f->b.text + k->text, k->len) == 0) {
            again += k->size;
            k->repeats = o->repeats + 1;
            k->repeat_of = seen[h % REPEAT_SLOTS].block;
            if (k->repeats > 1)
                f->b.block[k->repeat_of].repeats = k->repeats;
        } else {
            seen[h % REPEAT_SLOTS].block = i;
            seen[h % REPEAT_SLOTS].hash = h;
        }
    }
    if (again * 3ull > x->prose)
        for (uint32_t i = x->first; i < x->last; i++)
            f->b.block[i].repeats = 0; /* a way of writing */
}

void boilerplate_mark(struct finder *f)
{
    const struct box *x = &f->b.box[f->main];
    uint32_t size[TOPICS + 1] = { 0 }, all = 0;

    for (uint32_t i = x->first; i < x->last; i++) {
        struct block *k = &f->b.block[i];

        if ((f->b.box[k->box].above & HINT_OUT) || k->foreign)
            continue;
        k->topic = (uint8_t)topic_of(f, k);
        size[k->topic] += k->size;
        all += k->size;
    }
    mark_repeats(f);
    /* An article about newsletters speaks of them throughout. */
    for (uint32_t i = x->first; i < x->last; i++) {
        struct block *k = &f->b.block[i];

        k->boilerplate =
            k->topic < TOPICS && (k->topic == TOPIC_CONSENT ||
                                  size[k->topic] * 10 < all || all < 1500);
    }
}
#endif
