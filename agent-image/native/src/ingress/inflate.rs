//! Unpacking in this thread. Encodings that are not here are unpacked by Python.

use bytes::Bytes;
use flate2::bufread::{MultiGzDecoder, ZlibDecoder};
use std::io::Read;

const FIRST_GUESS: usize = 8;

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
        "gzip" => unpack(MultiGzDecoder::new(&packed[..]), packed.len(), limit),
        "zlib" | "deflate" => unpack(ZlibDecoder::new(&packed[..]), packed.len(), limit),
        _ => Ok(packed),
    }
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
    fn a_bomb_and_a_cut_stream_are_refused() {
        let packed = gzip(&[0; 100_000]);
        assert!(matches!(inflate("gzip", packed.clone().into(), 99_999), Err(Failure::TooLarge)));
        assert!(matches!(inflate("gzip", packed[..50].to_vec().into(), 100_000), Err(Failure::Broken(_))));
    }
}
