//! Unpacking in this thread. Encodings that are not here are unpacked by Python.
//!
//! libdeflate takes half the time of zlib-rs, but wants to know the size: gzip says it at its end, for what is smaller than 4 GiB
//! and one member. What does not keep to that is unpacked as a stream.

use bytes::Bytes;
use flate2::bufread::{MultiGzDecoder, ZlibDecoder};
use libdeflate_sys::{
    libdeflate_alloc_decompressor, libdeflate_decompressor, libdeflate_free_decompressor, libdeflate_gzip_decompress_ex,
    libdeflate_result_LIBDEFLATE_SUCCESS,
};
use std::io::Read;
use std::ptr::NonNull;

const FIRST_GUESS: usize = 8;
/// Head and tail of a gzip member.
const SMALLEST: usize = 18;
/// Deflate packs 258 bytes into two bits at best; a size beyond that is a lie.
const MOST_RATIO: usize = 1032;

thread_local! {
    static WHOLE: Option<Member> = Member::new();
}

/// libdeflate itself, because its usual wrapper does not tell how much of the input a member took.
struct Member(NonNull<libdeflate_decompressor>);

impl Member {
    fn new() -> Option<Self> {
        // SAFETY: has no preconditions; null when there is no memory.
        NonNull::new(unsafe { libdeflate_alloc_decompressor() }).map(Self)
    }

    /// Unpack one member into `out`; bytes read and written, None when it is broken or does not fit.
    fn unpack(&self, packed: &[u8], out: &mut [u8]) -> Option<(usize, usize)> {
        let (mut read, mut written) = (0, 0);
        // SAFETY: pointers and lengths are those of the slices, and this thread alone has the decompressor.
        let result = unsafe {
            libdeflate_gzip_decompress_ex(
                self.0.as_ptr(),
                packed.as_ptr().cast(),
                packed.len(),
                out.as_mut_ptr().cast(),
                out.len(),
                &mut read,
                &mut written,
            )
        };
        (result == libdeflate_result_LIBDEFLATE_SUCCESS).then_some((read, written))
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        // SAFETY: allocated by `new`, freed once.
        unsafe { libdeflate_free_decompressor(self.0.as_ptr()) }
    }
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
    let mut out = vec![0; size];
    let (read, written) = WHOLE.with(|member| member.as_ref()?.unpack(packed, &mut out))?;
    (read == packed.len() && written == size).then_some(out) // else there is more, perhaps another member
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
    fn garbage_behind_a_member_is_refused_even_when_it_ends_as_the_member_does() {
        for data in [&b""[..], b"hello"] {
            let member = gzip(data);
            let tail = &member[member.len() - 8..];
            let packed = [&member[..], b"O\x8b\x08 is no head", tail].concat();
            assert!(matches!(inflate("gzip", packed.into(), 100), Err(Failure::Broken(_))));
        }
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
