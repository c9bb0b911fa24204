//! PNG: the chunks that make the picture, in their order.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::turning;
use crate::metadata::hidden::{self, Hidden, Listener};
use crate::metadata::packed::{self, Shape};
use crate::metadata::{colours, inflated};
use crate::picture;
use crate::png::{self, Chunk, SIGNATURE, chunk, chunks};

/// The most pixels of an interlaced picture that is packed anew: it has to be in memory as a whole.
const WHOLE: u64 = crate::metadata::pixels::WHOLE_LIMIT;

pub(super) fn strip(bytes: &[u8]) -> Result<Vec<u8>, &'static str> {
    const BROKEN: &str = "the picture is cut or damaged";
    picture::size(bytes)?;
    let bytes = &bytes[..png::length(bytes).ok_or(BROKEN)?];
    let shape = Shape::of(bytes).ok_or(BROKEN)?;
    let pixels = packed::look(bytes, &shape).ok_or(BROKEN)?;
    let found = match shape.layout() {
        Some(layout) => hidden::in_png(bytes, layout).ok_or(BROKEN)?,
        None => Hidden::default(),
    };
    let mut anew = if found.is_any() {
        Some(repainted(bytes, &shape, found).ok_or("the picture is too large to be packed anew")?)
    } else if pixels.is_exact {
        None
    } else {
        let packed = repacked(bytes, &shape).ok_or(BROKEN)?;
        Some((png::chunk(b"IHDR", &shape.header), packed))
    };
    let turned = turning(
        chunks(bytes)
            .find(|chunk| &chunk.kind == b"eXIf")
            .map(|chunk| chunk.data),
    );

    let mut stripped = SIGNATURE.to_vec();
    let mut seen: Vec<[u8; 4]> = Vec::new();
    for part in chunks(bytes) {
        match &part.kind {
            b"IHDR" => match &anew {
                Some((header, _)) => stripped.extend_from_slice(header),
                None => stripped.extend(chunk(b"IHDR", &shape.header)),
            },
            b"IDAT" => match &mut anew {
                Some((_, packed)) => stripped.append(packed),
                None => stripped.extend(chunk(b"IDAT", part.data)),
            },
            b"IEND" => {
                if let Some(turned) = &turned {
                    stripped.extend(chunk(b"eXIf", turned));
                }
                stripped.extend(chunk(b"IEND", &[]));
            }
            kind if !seen.contains(kind) => {
                if let Some(data) = kept(&part, &shape) {
                    stripped.extend(chunk(kind, &data));
                    seen.push(*kind);
                }
            }
            _ => {}
        }
    }
    Ok(stripped)
}

/// What of a chunk beside the pixels the picture can't do without.
pub(in crate::metadata) fn kept(part: &Chunk<'_>, shape: &Shape) -> Option<Vec<u8>> {
    let exactly = |length: usize| (part.data.len() == length).then(|| part.data.to_vec());
    match &part.kind {
        b"PLTE" if shape.is_indexed() => {
            let length = part.data.len().min(3 << shape.depth().min(8));
            Some(part.data[..length - length % 3].to_vec())
        }
        b"tRNS" => match shape.colour() {
            // Alphas of the palette are alphas as well.
            3 => Some(part.data.iter().take(256).map(|alpha| hidden::quiet(*alpha)).collect()),
            0 => exactly(2),
            2 => exactly(6),
            _ => None,
        },
        b"gAMA" => exactly(4),
        b"cHRM" => exactly(32),
        b"sRGB" => exactly(1),
        b"cICP" => exactly(4),
        b"iCCP" => profile(part.data).map(|plain| packed_profile(&plain)),
        _ => None,
    }
}

/// The profile of a chunk, without a word.
fn profile(data: &[u8]) -> Option<Vec<u8>> {
    let name = data.iter().take(80).position(|byte| *byte == 0)?;
    let packed = data.get(name + 1..)?.strip_prefix(&[0])?;
    colours::plain(&inflated(packed, 4 * 1024 * 1024)?)
}

fn packed_profile(plain: &[u8]) -> Vec<u8> {
    let mut data = b"icc\0\0".to_vec();
    data.extend(deflated(plain));
    data
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    const WRITES: &str = "memory takes any number of bytes";
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect(WRITES);
    encoder.finish().expect(WRITES)
}

/// The same rows, packed anew: nothing stands behind them any more.
fn repacked(bytes: &[u8], shape: &Shape) -> Option<Vec<u8>> {
    const WRITES: &str = "memory takes any number of bytes";
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    packed::rows(bytes, shape, |rows| encoder.write_all(rows).expect(WRITES))?;
    Some(chunk(b"IDAT", &encoder.finish().expect(WRITES)))
}

/// The header and the pixels of the picture made quiet. Colours that can be seen are as they were.
fn repainted(bytes: &[u8], shape: &Shape, found: Hidden) -> Option<(Vec<u8>, Vec<u8>)> {
    let layout = shape.layout()?;
    let size = picture::size(bytes).ok()?;
    let mut reader = hidden::png_reader(bytes)?;
    let (colour, depth) = reader.output_color_type();
    let mut file = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut file, size.width, size.height);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    encoder.set_compression(::png::Compression::Balanced);
    let mut head = encoder.write_header().ok()?;
    let mut writer = head.stream_writer().ok()?;
    let mut listener = Listener::new(layout, size.width, size.height);
    let mut write = |row: &mut [u8]| {
        listener.row(row);
        if found.in_colours {
            hidden::flatten(row, layout);
        }
        writer.write_all(row).ok()
    };
    if reader.info().interlaced {
        if size.area() > WHOLE {
            return None;
        }
        let mut pixels = vec![0; reader.output_buffer_size()?];
        reader.next_frame(&mut pixels).ok()?;
        for row in pixels.chunks_exact_mut(reader.output_line_size(size.width)?) {
            write(row)?;
        }
    } else {
        let mut copy = Vec::new();
        while let Some(row) = reader.next_row().ok()? {
            copy.clear();
            copy.extend_from_slice(row.data());
            write(&mut copy)?;
        }
    }
    writer.finish().ok()?;
    head.finish().ok()?;
    let of_kind = |kind: &[u8; 4]| -> Vec<u8> {
        chunks(&file)
            .filter(|part| &part.kind == kind)
            .flat_map(|part| chunk(kind, part.data))
            .collect()
    };
    Some((of_kind(b"IHDR"), of_kind(b"IDAT")))
}
