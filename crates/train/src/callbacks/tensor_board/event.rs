//! One event as TensorBoard reads it: a protocol buffer (`tensorflow.Event`) in a TFRecord frame.
//!
//! `Event { 1: wall_time double, 2: step int64, 3: file_version string, 5: summary Summary }`,
//! `Summary { 1: repeated Value }`, `Value { 1: tag string, 2: simple_value float }`
//! (tensorflow/core/util/event.proto, tensorflow/core/framework/summary.proto).

/// The event that opens a file.
pub(super) fn opening(wall_time: f64) -> Vec<u8> {
    let mut event = Vec::new();
    double(&mut event, 1, wall_time);
    bytes(&mut event, 3, b"brain.Event:2");
    event
}

/// An event with one scalar.
pub(super) fn scalar(wall_time: f64, step: i64, tag: &str, value: f32) -> Vec<u8> {
    let mut named = Vec::new();
    bytes(&mut named, 1, tag.as_bytes());
    float(&mut named, 2, value);
    let mut summary = Vec::new();
    bytes(&mut summary, 1, &named);
    let mut event = Vec::new();
    double(&mut event, 1, wall_time);
    key(&mut event, 2, WireType::Varint);
    // Protocol buffers write an int64 as the bits of a u64.
    varint(&mut event, step as u64);
    bytes(&mut event, 5, &summary);
    event
}

/// A TFRecord: length, its checksum, the data, their checksum; all little-endian.
pub(super) fn record(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    let mut record = Vec::with_capacity(data.len() + 16);
    record.extend(length);
    record.extend(masked_checksum(&length).to_le_bytes());
    record.extend(data);
    record.extend(masked_checksum(data).to_le_bytes());
    record
}

/// CRC-32C, rotated and shifted so that a checksum of checksums stays a good one (TensorFlow's `crc32c::Mask`).
fn masked_checksum(data: &[u8]) -> u32 {
    crc32c::crc32c(data).rotate_right(15).wrapping_add(0xa282_ead8)
}

/// How a field is written (protocol buffers' encoding).
#[derive(Clone, Copy)]
enum WireType {
    Varint = 0,
    Fixed64 = 1,
    Bytes = 2,
    Fixed32 = 5,
}

fn key(out: &mut Vec<u8>, field: u64, wire: WireType) {
    varint(out, field << 3 | wire as u64);
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn bytes(out: &mut Vec<u8>, field: u64, value: &[u8]) {
    key(out, field, WireType::Bytes);
    varint(out, value.len() as u64);
    out.extend(value);
}

fn double(out: &mut Vec<u8>, field: u64, value: f64) {
    key(out, field, WireType::Fixed64);
    out.extend(value.to_le_bytes());
}

fn float(out: &mut Vec<u8>, field: u64, value: f32) {
    key(out, field, WireType::Fixed32);
    out.extend(value.to_le_bytes());
}
