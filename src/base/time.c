/* SPDX-License-Identifier: Apache-2.0 */
#include <dateline/time.h>

#include <inttypes.h>
#include <stdio.h>

/* Days since 1970-01-01 of a civil date, counting years from March so that
 * the leap day comes last. */
static int64_t days_from_civil(int64_t y, int m, int d)
{
    int64_t era, yoe, doy;

    y -= m <= 2;
    era = (y >= 0 ? y : y - 399) / 400;
    yoe = y - era * 400;
    doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

int64_t dtl_time_civil(int year, int month, int day, int hour, int minute,
                       int second)
{
    return days_from_civil(year, month, day) * 86400 + hour * 3600 +
           minute * 60 + second;
}

void dtl_time_split(int64_t t, int out[6])
{
    int64_t days = t / 86400, left = t % 86400, era;
    uint32_t rest, doe, yoe, doy, mp; /* of half the width: half the time */

    if (left < 0) {
        left += 86400;
        days--;
    }
    rest = (uint32_t)left;
    days += 719468;
    era = (days >= 0 ? days : days - 146096) / 146097;
    doe = (uint32_t)(days - era * 146097);
    yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    mp = (5 * doy + 2) / 153;
    out[2] = (int)(doy - (153 * mp + 2) / 5 + 1);
    out[1] = (int)(mp < 10 ? mp + 3 : mp - 9);
    out[0] = (int)(yoe + era * 400 + (out[1] <= 2));
    out[3] = (int)(rest / 3600);
    out[4] = (int)(rest / 60 % 60);
    out[5] = (int)(rest % 60);
}

static int month_days(int year, int month)
{
    static const uint8_t days[] = { 31, 28, 31, 30, 31, 30,
                                    31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && leap ? 29 : days[month - 1];
}

bool dtl_date_valid(int year, int month, int day)
{
    return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 &&
           day <= month_days(year, month);
}

/* Exactly `n` digits at *pos. */
static bool digits(struct dtl_slice s, size_t *pos, int n, int *out)
{
    int v = 0;

    for (int i = 0; i < n; i++, ++*pos) {
        if (*pos >= s.len || s.ptr[*pos] < '0' || s.ptr[*pos] > '9')
            return false;
        v = v * 10 + (s.ptr[*pos] - '0');
    }
    *out = v;
    return true;
}

static bool literal(struct dtl_slice s, size_t *pos, char c)
{
    if (*pos >= s.len || s.ptr[*pos] != (uint8_t)c)
        return false;
    ++*pos;
    return true;
}

/* Z, +hh:mm or +hhmm at *pos; seconds east of UTC. */
static bool zone(struct dtl_slice s, size_t *pos, int *east)
{
    int h, m = 0, sign;

    *east = 0;
    if (literal(s, pos, 'Z') || literal(s, pos, 'z'))
        return true;
    if (literal(s, pos, '+'))
        sign = 1;
    else if (literal(s, pos, '-'))
        sign = -1;
    else
        return false;
    if (!digits(s, pos, 2, &h))
        return false;
    literal(s, pos, ':');
    if (*pos < s.len && !digits(s, pos, 2, &m))
        return false;
    if (h > 23 || m > 59)
        return false;
    *east = sign * (h * 3600 + m * 60);
    return true;
}

int64_t dtl_time_parse_iso(struct dtl_slice s)
{
    int y, mo = 1, d = 1, h = 0, mi = 0, sec = 0, east = 0;
    size_t p = 0;

    s = dtl_trim(s);
    if (!digits(s, &p, 4, &y))
        return DTL_NO_TIME;
    if (literal(s, &p, '-')) {
        if (!digits(s, &p, 2, &mo))
            return DTL_NO_TIME;
        if (literal(s, &p, '-') && !digits(s, &p, 2, &d))
            return DTL_NO_TIME;
    }
    if (p < s.len) {
        if (!literal(s, &p, 'T') && !literal(s, &p, 't') &&
            !literal(s, &p, ' '))
            return DTL_NO_TIME;
        if (!digits(s, &p, 2, &h) || !literal(s, &p, ':') ||
            !digits(s, &p, 2, &mi))
            return DTL_NO_TIME;
        if (literal(s, &p, ':') && !digits(s, &p, 2, &sec))
            return DTL_NO_TIME;
        if (literal(s, &p, '.') || literal(s, &p, ','))
            while (p < s.len && s.ptr[p] >= '0' && s.ptr[p] <= '9')
                p++;
        if (p < s.len && !zone(s, &p, &east))
            return DTL_NO_TIME;
    }
    if (p != s.len || !dtl_date_valid(y, mo, d) || h > 24 || mi > 59 ||
        sec > 60)
        return DTL_NO_TIME;
    return dtl_time_civil(y, mo, d, h, mi, sec) - east;
}

static int clamp(int v, int low, int high)
{
    return v < low ? low : v > high ? high : v;
}

int64_t dtl_time_parse_14(struct dtl_slice s, bool last)
{
    static const int earliest[] = { 0, 1, 1, 0, 0, 0 };
    static const int latest[] = { 9999, 12, 31, 23, 59, 59 };
    int part[6];
    size_t p = 0;

    if (!digits(s, &p, 4, &part[0]))
        return DTL_NO_TIME;
    for (int i = 1; i < 6; i++) {
        /* A single digit left over narrows its field: "2024 1" is the months
         * 10 to 12. */
        if (p + 2 <= s.len && digits(s, &p, 2, &part[i]))
            continue;
        p = s.len;
        part[i] = last ? latest[i] : earliest[i];
    }
    part[1] = clamp(part[1], 1, 12);
    part[2] = clamp(part[2], 1, month_days(part[0], part[1]));
    for (int i = 3; i < 6; i++)
        part[i] = clamp(part[i], 0, latest[i]);
    return dtl_time_civil(part[0], part[1], part[2], part[3], part[4], part[5]);
}

static const char month_names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char day_names[] = "ThuFriSatSunMonTueWed"; /* 1970-01-01: Thu */

static int month_named(struct dtl_slice s, size_t *pos)
{
    if (*pos + 3 > s.len)
        return 0;
    for (int m = 0; m < 12; m++)
        if (dtl_starts_nocase(dtl_sub(s, *pos, *pos + 3),
                              (char[]){ month_names[m * 3],
                                        month_names[m * 3 + 1],
                                        month_names[m * 3 + 2], '\0' })) {
            *pos += 3;
            return m + 1;
        }
    return 0;
}

static void spaces(struct dtl_slice s, size_t *pos)
{
    while (*pos < s.len && (s.ptr[*pos] == ' ' || s.ptr[*pos] == '-'))
        ++*pos;
}

static bool clock_time(struct dtl_slice s, size_t *pos, int hms[3])
{
    return digits(s, pos, 2, &hms[0]) && literal(s, pos, ':') &&
           digits(s, pos, 2, &hms[1]) && literal(s, pos, ':') &&
           digits(s, pos, 2, &hms[2]);
}

static bool one_or_two(struct dtl_slice s, size_t *pos, int *out)
{
    size_t two = *pos;

    if (digits(s, &two, 2, out)) {
        *pos = two;
        return true;
    }
    return digits(s, pos, 1, out);
}

/*
 * RFC 9110 section 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT",
 * "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994".
 */
int64_t dtl_time_parse_http(struct dtl_slice s)
{
    size_t p = 0;
    int y, mo, d, hms[3];

    s = dtl_trim(s);
    while (p < s.len && s.ptr[p] != ' ' && s.ptr[p] != ',')
        p++;
    literal(s, &p, ',');
    spaces(s, &p);
    mo = month_named(s, &p);
    if (mo != 0) { /* asctime */
        spaces(s, &p);
        if (!one_or_two(s, &p, &d))
            return DTL_NO_TIME;
        spaces(s, &p);
        if (!clock_time(s, &p, hms))
            return DTL_NO_TIME;
        spaces(s, &p);
        if (!digits(s, &p, 4, &y))
            return DTL_NO_TIME;
    } else {
        size_t four;

        if (!one_or_two(s, &p, &d))
            return DTL_NO_TIME;
        spaces(s, &p);
        mo = month_named(s, &p);
        spaces(s, &p);
        four = p;
        if (mo == 0)
            return DTL_NO_TIME;
        if (digits(s, &four, 4, &y)) {
            p = four;
        } else if (digits(s, &p, 2, &y)) {
            y += y < 70 ? 2000 : 1900;
        } else {
            return DTL_NO_TIME;
        }
        spaces(s, &p);
        if (!clock_time(s, &p, hms))
            return DTL_NO_TIME;
    }
    if (!dtl_date_valid(y, mo, d) || hms[0] > 23 || hms[1] > 59 || hms[2] > 60)
        return DTL_NO_TIME;
    return dtl_time_civil(y, mo, d, hms[0], hms[1], hms[2]);
}

/* Split `t` if it can be written with a four-digit year. */
static bool writable(int64_t t, int part[6], char *out)
{
    out[0] = '\0';
    if (t < INT64_C(-62167219200) || t > INT64_C(253402300799))
        return false;
    dtl_time_split(t, part);
    return true;
}

/* `v` has at most `n` digits.  Index lines hold little else than times and
 * numbers: printf() would take half of what writing one takes. */
static char *put(char *to, int v, int n)
{
    for (int i = n; i-- > 0; v /= 10)
        to[i] = (char)('0' + v % 10);
    return to + n;
}

void dtl_time_14(int64_t t, char out[DTL_TIME_14])
{
    int p[6];

    if (!writable(t, p, out))
        return;
    out = put(out, p[0], 4);
    for (int i = 1; i < 6; i++)
        out = put(out, p[i], 2);
    *out = '\0';
}

void dtl_time_iso(int64_t t, char out[DTL_TIME_ISO])
{
    static const char before[] = "--T::";
    int p[6];

    if (!writable(t, p, out))
        return;
    out = put(out, p[0], 4);
    for (int i = 1; i < 6; i++) {
        *out++ = before[i - 1];
        out = put(out, p[i], 2);
    }
    *out++ = 'Z';
    *out = '\0';
}

void dtl_time_http(int64_t t, char out[DTL_TIME_HTTP])
{
    int p[6];
    char text[100];
    int64_t days;

    if (!writable(t, p, out))
        return;
    days = (t - ((t % 86400) + 86400) % 86400) / 86400;
    snprintf(text, sizeof text, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT",
             day_names + 3 * (((days % 7) + 7) % 7), p[2],
             month_names + 3 * (p[1] - 1), p[0], p[3], p[4], p[5]);
    memcpy(out, text, DTL_TIME_HTTP);
}
