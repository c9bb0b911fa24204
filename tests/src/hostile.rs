//! Files that were made to do harm, and all that reads files from outside: what quality.md's R5 is held to, and timed by.
//!
//! Each file is made when it is wanted, by our own hands; the largest has some hundred megabytes.

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use novelai::metadata::{self, PublicKey};
use novelai::model::Registry;
use novelai::request::Size;
use novelai::{mask, prepare, response, stream, vibe_file};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A hostile file.
pub struct File {
    /// What it is.
    pub name: &'static str,
    /// Makes it.
    pub make: fn() -> Vec<u8>,
}

/// Something that reads files from outside. Whether it takes them or refuses them is its own business here.
pub struct Reader {
    /// What it reads them for.
    pub name: &'static str,
    /// Reads one.
    pub read: fn(&[u8]),
}

/// The usual size of a picture.
const USUAL: Size = Size {
    width: 832,
    height: 1216,
};

/// All readers.
pub static READERS: [Reader; 12] = [
    reader("metadata", |bytes| {
        if let Ok(told) = metadata::read(bytes) {
            let _ = metadata::signature(bytes, &told, &PublicKey::novelai());
        }
    }),
    reader("strip", |bytes| drop(metadata::strip(bytes))),
    reader("traces", |bytes| drop(metadata::traces(bytes))),
    reader("vibe file", |bytes| drop(vibe_file::read(bytes))),
    reader("reply", |bytes| drop(response::pictures(bytes))),
    reader("salvage", |bytes| drop(response::salvage(bytes))),
    reader("stream", |bytes| {
        let (mut frames, mut records) = (stream::Frames::default(), stream::Records::default());
        for piece in bytes.chunks(64 * 1024) {
            if frames.push(piece).is_err() {
                break;
            }
        }
        for piece in bytes.chunks(64 * 1024) {
            if records.push(piece).is_err() {
                break;
            }
        }
    }),
    reader("source", |bytes| drop(prepare::source(bytes, USUAL, true))),
    reader("reference", |bytes| {
        drop(prepare::reference(bytes, Registry::builtin()));
    }),
    reader("any PNG", |bytes| drop(prepare::as_png(bytes))),
    reader("mask", |bytes| drop(mask::mask(bytes, USUAL, mask::Coverage::Any))),
    reader("thumbnail", |bytes| drop(studio::small_jpeg(bytes, 320))),
];

const fn reader(name: &'static str, read: fn(&[u8])) -> Reader {
    Reader { name, read }
}

/// All files.
pub static FILES: [File; 38] = [
    file("64 megapixels of grey in few bytes", || flat(8_000, 8_000, 0, 8)),
    file("the same with sixteen bits a channel", || flat(8_000, 8_000, 6, 16)),
    file("40 megapixels with sixteen bits a channel", || {
        flat(10_000, 4_000, 2, 16)
    }),
    file("64 megapixels on their side", || {
        on_its_side(&flat(16_000, 4_000, 6, 8))
    }),
    file("a head that claims four thousand million pixels a side", || {
        png(u32::MAX, u32::MAX, 6, 8, &[])
    }),
    file("a kilobyte that claims 60,000 pixels a side", || bomb(60_000)),
    file("a head that claims 16,384 pixels a side", || {
        png(16_384, 16_384, 6, 8, &pixels(1 << 20))
    }),
    file("a head that claims 64 megapixels, interlaced", || {
        let mut png = png(8_000, 8_000, 6, 8, &pixels(1 << 20));
        png[28] = 1;
        summed(png)
    }),
    file("a small picture whose pixels unpack to a gigabyte", || {
        png(64, 64, 6, 8, &chunk(b"IDAT", &pixels(1 << 30)))
    }),
    file("a text that unpacks to a gigabyte", || {
        with_chunks(&chunk(b"zTXt", &[&b"Comment\0\0"[..], &pixels(1 << 30)].concat()))
    }),
    file("an international text that unpacks to a gigabyte", || {
        with_chunks(&chunk(
            b"iTXt",
            &[&b"Comment\0\x01\0en\0\0"[..], &pixels(1 << 30)].concat(),
        ))
    }),
    file("a thousand texts that unpack to sixteen megabytes each", || {
        let text = [&b"Comment\0\0"[..], &pixels(1 << 24)].concat();
        with_chunks(&chunk(b"zTXt", &text).repeat(1000))
    }),
    file("a text of 100 megabytes", || {
        with_chunks(&chunk(b"tEXt", &[&b"Comment\0"[..], &vec![b'x'; 100_000_000]].concat()))
    }),
    file("three hundred thousand texts", || {
        with_chunks(&chunk(b"tEXt", b"Title\0x").repeat(300_000))
    }),
    file("a colour profile that unpacks to a gigabyte", || {
        with_chunks(&chunk(b"iCCP", &[&b"profile\0\0"[..], &pixels(1 << 30)].concat()))
    }),
    file("a million empty chunks", || {
        with_chunks(&chunk(b"teSt", b"").repeat(1_000_000))
    }),
    file("a chunk of four gigabytes", || {
        let mut png = flat(64, 64, 6, 8);
        png[33..37].copy_from_slice(&[0xff; 4]);
        png
    }),
    file("EXIF that points to itself", || {
        with_chunks(&chunk(
            b"eXIf",
            b"II*\0\x08\0\0\0\x01\0\x69\x87\x04\0\x01\0\0\0\x08\0\0\0\x08\0\0\0",
        ))
    }),
    file("EXIF that counts to four thousand million", || {
        let entry = b"\x86\x92\x07\0\xff\xff\xff\xff\x08\0\0\0";
        let entries = entry.repeat(65_535);
        with_chunks(&chunk(b"eXIf", &[&b"II*\0\x08\0\0\0\xff\xff"[..], &entries].concat()))
    }),
    file("an alpha channel that unpacks to a gigabyte", || {
        let packed = gzip(1 << 30);
        hidden(&packed, u32::try_from(packed.len() * 8).expect("a bomb is small"))
    }),
    file("an alpha channel that claims half a gigabyte", || {
        hidden(b"x", u32::MAX)
    }),
    file("a WebP of 16,384 pixels a side", || {
        webp(b"VP8L", &[&b"\x2f\xff\xff\xff\x0f"[..], &[0; 64]].concat())
    }),
    file("a WebP that claims 281 million million pixels", || {
        webp(b"VP8X", &[0x10, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])
    }),
    file("a WebP with EXIF of 100 megabytes", || {
        webp(b"EXIF", &vec![b'I'; 100_000_000])
    }),
    file("a WebP of a million frames", || {
        let frame = [&b"ANMF\x10\0\0\0"[..], &[0; 16]].concat();
        let head = webp(b"VP8X", &[0x02, 0, 0, 0, 63, 0, 0, 63, 0, 0]);
        riff([&head[..], &frame.repeat(1_000_000)].concat())
    }),
    file("a JPEG of 65,535 pixels a side", || jpeg(65_535, 65_535, 1)),
    file("a JPEG of 64 megapixels that is drawn ten thousand times", || {
        jpeg(16_000, 4_000, 10_000)
    }),
    file("an archive of a gigabyte of nothing", || zip(&[vec![0; 1 << 30]])),
    file("an archive of sixty times 60 megabytes", || {
        let entry = [&b"\x89PNG\r\n\x1a\n"[..], &vec![0; 60_000_000]].concat();
        many(&zip(&[entry]), 60)
    }),
    file("an archive of four pictures of 60 megabytes", || {
        let picture = png(64, 64, 6, 8, &chunk(b"IDAT", &vec![0; 60_000_000]));
        zip(&vec![picture; 4])
    }),
    file("an archive of 65,000 entries", || zip(&vec![Vec::new(); 65_000])),
    file("a reply that unpacks to a gigabyte", || gzip(1 << 30)),
    file("a frame of four gigabytes", || {
        [&[0xff; 4][..], b"\x81\xa5image\xc6\xff\xff\xff\xff"].concat()
    }),
    file("a frame of sixty million small things", || {
        let things = [&b"\x81\xa1x\xdd\x03\x93\x87\x00"[..], &vec![0xc0; 60_000_000]].concat();
        [
            &u32::try_from(things.len()).expect("a frame is small").to_be_bytes()[..],
            &things,
        ]
        .concat()
    }),
    file("a record of 200 megabytes without an end", || {
        [&b"event: final\ndata: "[..], &vec![b'A'; 200_000_000]].concat()
    }),
    file("a million empty records", || {
        b"event: final\ndata: {}\n\n".repeat(1_000_000)
    }),
    file("JSON of thirty million numbers", || {
        [&b"{\"images\": [0"[..], &b",0".repeat(30_000_000), b"]}"].concat()
    }),
    file("a vibe file of two hundred thousand encodings", || {
        let mut text = r#"{"identifier":"novelai-vibe-transfer","version":1,"type":"image","encodings":{"#.to_owned();
        for number in 0..200_000 {
            text += &format!(r#""m{number}":{{"x":{{"encoding":"AAAA","params":{{"information_extracted":1}}}}}},"#);
        }
        text += r#""v4full":{}}}"#;
        text.into_bytes()
    }),
];

const fn file(name: &'static str, make: fn() -> Vec<u8>) -> File {
    File { name, make }
}

/// A small PNG that claims to have so many pixels a side.
pub fn bomb(side: u32) -> Vec<u8> {
    png(side, side, 6, 8, &pixels(1 << 20))
}

/// Zeros, packed for a PNG.
fn pixels(count: usize) -> Vec<u8> {
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
    zeros(&mut zlib, count);
    zlib.finish().expect("memory takes everything")
}

fn gzip(count: usize) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    zeros(&mut gzip, count);
    gzip.finish().expect("memory takes everything")
}

fn zeros(to: &mut impl Write, count: usize) {
    let piece = vec![0; 1 << 16];
    for at in (0..count).step_by(piece.len()) {
        let length = piece.len().min(count - at);
        to.write_all(&piece[..length]).expect("memory takes everything");
    }
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let summed = [&kind[..], data].concat();
    let mut crc = flate2::Crc::new();
    crc.update(&summed);
    let length = u32::try_from(data.len()).expect("chunks are shorter than 4 GiB");
    [&length.to_be_bytes()[..], &summed, &crc.sum().to_be_bytes()].concat()
}

/// A PNG with these chunks between its head and its end.
fn png(width: u32, height: u32, colour: u8, depth: u8, chunks: &[u8]) -> Vec<u8> {
    let head = [
        &width.to_be_bytes()[..],
        &height.to_be_bytes(),
        &[depth, colour, 0, 0, 0],
    ]
    .concat();
    let signature = b"\x89PNG\r\n\x1a\n";
    [&signature[..], &chunk(b"IHDR", &head), chunks, &chunk(b"IEND", b"")].concat()
}

/// The same with the right sum for its head.
fn summed(mut png: Vec<u8>) -> Vec<u8> {
    let head = chunk(b"IHDR", &png[16..29]);
    png[8..33].copy_from_slice(&head);
    png
}

/// A whole picture of one colour.
fn flat(width: u32, height: u32, colour: u8, depth: u8) -> Vec<u8> {
    let channels = match colour {
        0 => 1,
        2 => 3,
        _ => 4,
    };
    let row = (width as usize * channels * usize::from(depth)).div_ceil(8) + 1;
    png(
        width,
        height,
        colour,
        depth,
        &chunk(b"IDAT", &pixels(row * height as usize)),
    )
}

/// A small picture with further chunks behind its head.
fn with_chunks(chunks: &[u8]) -> Vec<u8> {
    let small = flat(64, 64, 6, 8);
    [&small[..33], chunks, &small[33..]].concat()
}

fn on_its_side(png: &[u8]) -> Vec<u8> {
    let exif = chunk(
        b"eXIf",
        b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0",
    );
    [&png[..33], &exif, &png[33..]].concat()
}

/// A picture of the service's largest size with packed texts in its alpha channel, and what it says of their length.
fn hidden(packed: &[u8], bits: u32) -> Vec<u8> {
    let (width, height) = (2048, 4096);
    let message = [&b"stealth_pngcomp"[..], &bits.to_be_bytes(), packed].concat();
    let mut rgba = vec![255; width * height * 4];
    for bit in 0..(message.len() * 8).min(width * height) {
        let (x, y) = (bit / height, bit % height);
        rgba[(y * width + x) * 4 + 3] = 0xfe | (message[bit / 8] >> (7 - bit % 8) & 1);
    }
    let mut file = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut file, 2048, 4096);
    encoder.set_color(::png::ColorType::Rgba);
    encoder.set_compression(::png::Compression::Fast);
    let written = encoder
        .write_header()
        .and_then(|mut writer| writer.write_image_data(&rgba));
    written.expect("memory takes everything");
    file
}

/// The first and only chunk of a WebP.
fn webp(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).expect("chunks are shorter than 4 GiB");
    let padding = &[0][..data.len() % 2];
    riff([&b"RIFF\0\0\0\0WEBP"[..], kind, &length.to_le_bytes(), data, padding].concat())
}

/// The same with its right length.
fn riff(mut webp: Vec<u8>) -> Vec<u8> {
    let length = u32::try_from(webp.len() - 8).expect("files are shorter than 4 GiB");
    webp[4..8].copy_from_slice(&length.to_le_bytes());
    webp
}

/// A progressive JPEG of grey with as many scans, each of which draws nothing.
fn jpeg(width: u16, height: u16, scans: usize) -> Vec<u8> {
    let head = [
        &b"\xff\xd8\xff\xdb\0\x43\0"[..],
        &[1; 64],
        b"\xff\xc2\0\x0b\x08",
        &height.to_be_bytes(),
        &width.to_be_bytes(),
        b"\x01\x01\x11\0",
        // A table with one code, which says: nothing.
        b"\xff\xc4\0\x14\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        b"\xff\xc4\0\x14\x10\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    ]
    .concat();
    let scan = [&b"\xff\xda\0\x08\x01\x01\0\0\0\0"[..], &[0; 64]].concat();
    [&head[..], &scan.repeat(scans), b"\xff\xd9"].concat()
}

fn zip(entries: &[Vec<u8>]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (index, entry) in entries.iter().enumerate() {
        let begun = writer.start_file(format!("image_{index}.png"), SimpleFileOptions::default());
        let written = begun
            .map_err(std::io::Error::from)
            .and_then(|()| writer.write_all(entry));
        written.expect("memory takes everything");
    }
    writer.finish().expect("memory takes everything").into_inner()
}

/// An archive of one entry that is told as many times.
fn many(zip: &[u8], times: u16) -> Vec<u8> {
    let find = |mark: &[u8]| {
        zip.windows(mark.len())
            .rposition(|window| window == mark)
            .expect("an archive has it")
    };
    let (directory, end) = (find(b"PK\x01\x02"), find(b"PK\x05\x06"));
    let entries = zip[directory..end].repeat(times.into());
    let mut tail = zip[end..].to_vec();
    tail[8..10].copy_from_slice(&times.to_le_bytes());
    tail[10..12].copy_from_slice(&times.to_le_bytes());
    tail[12..16].copy_from_slice(
        &u32::try_from(entries.len())
            .expect("a directory is small")
            .to_le_bytes(),
    );
    [&zip[..directory], &entries, &tail].concat()
}
