//! When a server that is busy wants to be asked again: `Retry-After`, seconds or a date
//! ([RFC 9110](https://www.rfc-editor.org/rfc/rfc9110#field.retry-after)).

use std::time::Duration;

/// The wait that `Retry-After: value` asks for. A date is held against the server's own, `Date: now`, so that no clock
/// here need be right.
pub(super) fn wait(value: &str, now: Option<&str>) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let wait = seconds(value)?.saturating_sub(seconds(now?)?);
    Some(Duration::from_secs(wait.try_into().unwrap_or(0)))
}

/// The seconds from 1970 to a date as `Sun, 06 Nov 1994 08:49:37 GMT`.
fn seconds(date: &str) -> Option<i64> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (_, date) = date.trim().split_once(", ")?;
    let parts: Vec<&str> = date.split([' ', ':']).collect();
    let [day, month, year, hour, minute, second, "GMT"] = parts.as_slice() else { return None };
    let month = MONTHS.iter().position(|name| name == month)? as i64;
    let number = |text: &str, most: i64| text.parse().ok().filter(|number| (0..=most).contains(number));
    let (day, year) = (number(day, 31)?, number(year, 9999)?);
    let time = number(hour, 23)? * 3600 + number(minute, 59)? * 60 + number(second, 60)?;
    // A year that begins in March has its leap day last; its months have 30.6 days on average, as 31, 30, 31, 30, 31.
    let (year, month) = if month < 2 { (year - 1, month + 10) } else { (year, month - 2) };
    let days = 365 * year + year.div_euclid(4) - year.div_euclid(100)
        + year.div_euclid(400)
        + (153 * month + 2) / 5
        + day
        - 1;
    const DAYS_TO_1970: i64 = 719_468;
    Some((days - DAYS_TO_1970) * 86_400 + time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        // Python: calendar.timegm(time.strptime(…)); the first is RFC 9110's example.
        for (date, expected) in [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199),
            ("Fri, 01 Mar 2024 00:00:00 GMT", 1_709_251_200),
            ("Fri, 31 Dec 2100 12:00:00 GMT", 4_133_937_600),
        ] {
            assert_eq!(seconds(date), Some(expected), "{date}");
        }
        for date in [
            "",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun, 06 Nov 1994 25:49:37 GMT",
            "Sun, 06 Foo 1994 08:49:37 GMT",
        ] {
            assert_eq!(seconds(date), None, "{date}");
        }
    }

    #[test]
    fn seconds_and_dates_give_a_wait() {
        let now = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(wait("120", None), Some(Duration::from_secs(120)));
        assert_eq!(wait("Sun, 06 Nov 1994 08:50:37 GMT", now), Some(Duration::from_secs(60)));
        assert_eq!(wait("Sun, 06 Nov 1994 08:40:00 GMT", now), Some(Duration::ZERO));
        for (value, now) in [("soon", now), ("-1", now), ("Sun, 06 Nov 1994 08:50:37 GMT", None)] {
            assert_eq!(wait(value, now), None, "{value}");
        }
    }
}
