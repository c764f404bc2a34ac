//! Unpacking in this thread. Encodings that are not here are unpacked by Python.
//!
//! libdeflate takes half the time of zlib-rs, but wants to know the size: gzip says it at its end, for what is smaller than 4 GiB
//! and one member. What does not keep to that is unpacked as a stream.

use bytes::Bytes;
use flate2::bufread::{MultiGzDecoder, ZlibDecoder};
use libdeflater::Decompressor;
use memchr::memmem;
use std::cell::RefCell;
use std::io::Read;

const FIRST_GUESS: usize = 8;
/// Head and tail of a gzip member.
const SMALLEST: usize = 18;
/// How every member begins.
const MEMBER: &[u8] = b"\x1f\x8b\x08";
/// Deflate packs 258 bytes into two bits at best; a size beyond that is a lie.
const MOST_RATIO: usize = 1032;

thread_local! {
    static WHOLE: RefCell<Decompressor> = RefCell::new(Decompressor::new());
}

#[derive(Debug)]
pub enum Failure {
    TooLarge,
    Broken(String),
}

/// Whether `inflate` knows an encoding ("" and "identity" are none).
pub fn is_known(encoding: &str) -> bool {
    matches!(encoding, "" | "identity" | "gzip" | "zlib" | "deflate")
}

/// Unpack a whole body of at most `limit` bytes; `deflate` is the zlib format, as in HTTP.
pub fn inflate(encoding: &str, packed: Bytes, limit: usize) -> Result<Bytes, Failure> {
    match encoding {
        "gzip" => match whole(&packed, limit) {
            Some(out) => Ok(out.into()),
            None => unpack(MultiGzDecoder::new(&packed[..]), packed.len(), limit),
        },
        "zlib" | "deflate" => unpack(ZlibDecoder::new(&packed[..]), packed.len(), limit),
        _ => Ok(packed),
    }
}

/// One gzip member that is as large as it says; None for anything else.
fn whole(packed: &[u8], limit: usize) -> Option<Vec<u8>> {
    let (rest, size) = packed.split_last_chunk::<4>()?;
    let size = u32::from_le_bytes(*size) as usize;
    if rest.len() + 4 < SMALLEST || size > limit || size > packed.len().saturating_mul(MOST_RATIO) {
        return None;
    }
    if memmem::find(&packed[MEMBER.len()..], MEMBER).is_some() {
        return None; // perhaps another member, behind which libdeflate does not look
    }
    let mut out = vec![0; size];
    let found = WHOLE.with_borrow_mut(|decompressor| decompressor.gzip_decompress(packed, &mut out)).ok()?;
    (found == size).then_some(out)
}

fn unpack(stream: impl Read, packed: usize, limit: usize) -> Result<Bytes, Failure> {
    let mut out = Vec::with_capacity(packed.saturating_mul(FIRST_GUESS).min(limit + 1));
    match stream.take(limit as u64 + 1).read_to_end(&mut out) {
        Ok(_) if out.len() > limit => Err(Failure::TooLarge),
        Ok(_) => Ok(out.into()),
        Err(error) => Err(Failure::Broken(error.to_string())),
    }
}
#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn members_are_joined() {
        let packed = [gzip(b"ab"), gzip(b"cd")].concat();
        assert!(matches!(inflate("gzip", packed.into(), 4), Ok(out) if &out[..] == b"abcd"));
    }

    #[test]
    fn members_of_the_same_content_are_joined() {
        let packed = [gzip(b"ab"), gzip(b"ab")].concat();
        assert!(matches!(inflate("gzip", packed.into(), 4), Ok(out) if &out[..] == b"abab"));
    }

    #[test]
    fn a_member_that_lies_about_its_size_is_refused() {
        let mut packed = gzip(b"hello");
        let at = packed.len() - 4;
        packed[at] = 4;
        assert!(matches!(inflate("gzip", packed.into(), 100), Err(Failure::Broken(_))));
    }

    #[test]
    fn a_bomb_and_a_cut_stream_are_refused() {
        let packed = gzip(&[0; 100_000]);
        assert!(matches!(inflate("gzip", packed.clone().into(), 99_999), Err(Failure::TooLarge)));
        assert!(matches!(inflate("gzip", packed[..50].to_vec().into(), 100_000), Err(Failure::Broken(_))));
    }
}
