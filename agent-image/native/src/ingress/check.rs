//! The check that every protobuf request passes before Python sees it. The one place to put a more thorough one.

/// Whether `check` looks at the whole request; while it does not, Python checks again, and counts.
pub const WHOLE: bool = false;

/// Number of items, or what is wrong. This one looks at the outermost level only: repeated messages, nothing else.
pub fn check(_signal: u8, body: &[u8]) -> Result<usize, String> {
    let mut rest = body;
    let mut resources = 0;
    while !rest.is_empty() {
        let key = varint(&mut rest)?;
        let size = match key & 7 {
            0 => {
                varint(&mut rest)?;
                0
            }
            1 => 8,
            2 => varint(&mut rest)?,
            5 => 4,
            kind => return Err(format!("wire type {kind} at the outermost level")),
        };
        let size = usize::try_from(size).ok().filter(|size| *size <= rest.len()).ok_or("truncated message")?;
        rest = &rest[size..];
        resources += usize::from(key == 10);
    }
    Ok(resources)
}

fn varint(rest: &mut &[u8]) -> Result<u64, String> {
    let mut value = 0u64;
    for (index, byte) in rest.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            *rest = &rest[index + 1..];
            return Ok(value);
        }
    }
    Err("truncated or overlong varint".into())
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn whole_fields_pass_and_cut_ones_do_not() {
        assert_eq!(check(0, b""), Ok(0));
        assert_eq!(check(0, b"\x0a\x02ab\x0a\x00"), Ok(2));
        assert!(check(0, b"\x0a\x05short-1"[..6].as_ref()).is_err());
        assert!(check(0, b"\xff garbage").is_err());
    }
}
