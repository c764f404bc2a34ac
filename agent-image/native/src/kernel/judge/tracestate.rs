//! Reads a W3C tracestate as strictly as the OpenTelemetry API of Go does: one bad member makes all of it unreadable.

const MAX_MEMBERS: usize = 32;
const MAX_VALUE: usize = 256;

/// The value of a member; None when it is not there, or the tracestate is not well-formed.
pub fn get<'a>(state: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    let mut seen: Vec<&[u8]> = Vec::new();
    let mut found = None;
    for member in state.split(|byte| *byte == b',').filter(|member| !member.is_empty()) {
        let equals = member.iter().position(|byte| *byte == b'=')?;
        let name = trim_start(&member[..equals]);
        let value = trim_end(&member[equals + 1..]);
        if !is_key(name) || !is_value(value) || seen.contains(&name) || seen.len() == MAX_MEMBERS {
            return None;
        }
        seen.push(name);
        if name == key {
            found = Some(value);
        }
    }
    found
}

fn blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

fn trim_start(mut text: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = text
        && blank(*first)
    {
        text = rest;
    }
    text
}

fn trim_end(mut text: &[u8]) -> &[u8] {
    while let [rest @ .., last] = text
        && blank(*last)
    {
        text = rest;
    }
    text
}

fn is_key(key: &[u8]) -> bool {
    match key.iter().position(|byte| *byte == b'@') {
        Some(at) => {
            let (tenant, system) = (&key[..at], &key[at + 1..]);
            let begins = tenant.first().is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
            begins && tenant.len() <= 241 && tenant[1..].iter().all(is_key_byte) && is_simple_key(system, 14)
        }
        None => is_simple_key(key, 256),
    }
}

fn is_simple_key(key: &[u8], longest: usize) -> bool {
    key.first().is_some_and(u8::is_ascii_lowercase) && key.len() <= longest && key[1..].iter().all(is_key_byte)
}

fn is_key_byte(byte: &u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-*/".contains(byte)
}

fn is_value(value: &[u8]) -> bool {
    let plain = |byte: &u8| (0x20..=0x7e).contains(byte) && *byte != b',' && *byte != b'=';
    !value.is_empty() && value.len() <= MAX_VALUE && value.iter().all(plain) && value.last() != Some(&b' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_found_among_others() {
        assert_eq!(get(b"a=1,\t tenant@sys=x y ,b=2", b"tenant@sys"), Some(&b"x y"[..]));
        assert_eq!(get(b"a=1", b"b"), None);
    }

    #[test]
    fn one_bad_member_spoils_all() {
        for bad in [&b"a=1,B=2"[..], b"a=1,a=2", b"a=1,b", b"a=1, ", b"a=1,b=", b"a=1,b=x=y", b"a=1,t@=2", b"a=1,b\xff=2"] {
            assert_eq!(get(bad, b"a"), None, "{bad:?}");
        }
        let many = (0..33).map(|number| format!("k{number}=v")).collect::<Vec<_>>().join(",");
        assert_eq!(get(many.as_bytes(), b"k0"), None);
    }
}
