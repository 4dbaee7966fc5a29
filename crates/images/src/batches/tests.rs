use std::path::Path;
use std::sync::atomic::AtomicBool;

use super::*;
use crate::{Channels, ErrorKind, Kept, Preprocess, Sample, Source, SourceOptions};

/// Writes `count` pictures of different shades and returns them, labels 0, 1, 2, 0, …
fn pictures(folder: &Path, count: usize) -> Vec<Sample> {
    let sample = |i: usize| {
        let path = folder.join(format!("{i:03}.png"));
        let image =
            image::RgbImage::from_fn(12, 10, |x, y| image::Rgb([i as u8, x as u8 * 20, y as u8 * 25]));
        image.save(&path).unwrap();
        Sample::new(path, i as u32 % 3)
    };
    (0..count).map(sample).collect()
}

const IN_MEMORY: usize = 1 << 20;

fn source(samples: Vec<Sample>, memory_limit_bytes: usize, workers: usize) -> Source {
    let preprocess = Preprocess::new([8, 9], Channels::Rgb).unwrap();
    Source::new(samples, &preprocess, SourceOptions { memory_limit_bytes, workers })
}

type Content = (Vec<f32>, Vec<u32>, Vec<usize>);

fn all(batches: Batches) -> Vec<Content> {
    batches.map(|b| (b.pixels.clone(), b.labels.clone(), b.indices.clone())).collect()
}

fn shuffled(epoch: u64) -> Order {
    Order::Shuffled { seed: 1, epoch }
}

#[test]
fn a_pass_has_every_picture_once() {
    let folder = tempfile::tempdir().unwrap();
    let source = source(pictures(folder.path(), 11), 0, 2);
    let sequential = all(source.batches(Order::Sequential, None, 0, 4));
    let indices: Vec<_> = sequential.iter().map(|(_, _, indices)| indices.clone()).collect();
    assert_eq!(indices, [vec![0, 1, 2, 3], vec![4, 5, 6, 7], vec![8, 9, 10]]);
    assert_eq!(sequential[2].1, [2, 0, 1]);
    assert_eq!(sequential[2].0.len(), 3 * 8 * 9 * 3);
    for (pixels, _, indices) in &sequential {
        for (pixels, index) in pixels.chunks_exact(8 * 9 * 3).zip(indices) {
            assert_eq!(pixels[0], *index as f32, "red is the picture's number");
        }
    }
    let mut indices: Vec<usize> =
        all(source.batches(shuffled(0), None, 0, 4)).into_iter().flat_map(|b| b.2).collect();
    assert!(!indices.is_sorted());
    indices.sort();
    assert_eq!(indices, (0..11).collect::<Vec<_>>());
}

#[test]
fn workers_and_memory_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let samples = pictures(folder.path(), 23);
    let augment: Augment = "flip,rotation=0.2,shift=0.1,contrast=0.3".parse().unwrap();
    let pass = |memory_limit, workers, epoch| {
        let mut source = source(samples.clone(), memory_limit, workers);
        source.load().unwrap();
        all(source.batches(shuffled(epoch), Some(&augment), 7, 5))
    };
    let one = pass(0, 1, 3);
    assert_eq!(one.len(), 5);
    for workers in [2, 3, 8] {
        assert_eq!(pass(0, workers, 3), one, "{workers} workers");
        assert_eq!(pass(IN_MEMORY, workers, 3), one, "{workers} workers, in memory");
    }
    assert_ne!(pass(0, 2, 4), one, "the next epoch is another");
}

#[test]
fn a_picture_is_changed_alike_wherever_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    let source = source(pictures(folder.path(), 9), 0, 2);
    let augment: Augment = "rotation=0.2".parse().unwrap();
    let picture_5 = |batch_size| {
        let batches = all(source.batches(shuffled(2), Some(&augment), 7, batch_size));
        let find = |(pixels, _, indices): &Content| {
            let at = indices.iter().position(|index| *index == 5)?;
            pixels.chunks_exact(8 * 9 * 3).nth(at).map(<[f32]>::to_vec)
        };
        batches.iter().find_map(find).unwrap()
    };
    assert_eq!(picture_5(2), picture_5(7));
}

#[test]
fn memory_is_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let source = source(pictures(folder.path(), 40), IN_MEMORY, 2);
    let mut places = std::collections::BTreeSet::new();
    for epoch in 0..3 {
        for batch in source.batches(shuffled(epoch), None, 0, 4) {
            places.insert(batch.pixels.as_ptr() as usize);
        }
    }
    // Two workers fill up to three batches beyond the one in use.
    assert!(places.len() <= 4, "30 batches took {} pieces of memory", places.len());
}

#[test]
fn bad_pictures_are_named_and_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let mut samples = pictures(folder.path(), 8);
    std::fs::write(&samples[2].path, "text").unwrap();
    std::fs::write(&samples[5].path, "").unwrap();
    samples.push(Sample::new(folder.path().join("gone.png"), 0));
    for memory_limit in [0, IN_MEMORY] {
        let mut source = source(samples.clone(), memory_limit, 2);
        let report = source.load().unwrap();
        assert_eq!((report.pictures, report.skipped.len(), source.len()), (6, 3, 6));
        assert_eq!(report.kept, if memory_limit == 0 { Kept::OnDisk } else { Kept::InMemory });
        assert!(report.skipped[1].reason.contains("0 bytes"), "{report:?}");
        assert_eq!(source.labels(), [0, 1, 0, 1, 0, 1]);
        let reds: Vec<f32> =
            source.batches(Order::Sequential, None, 0, 6).flat_map(|b| first_values(&b)).collect();
        assert_eq!(reds, [0.0, 1.0, 3.0, 4.0, 6.0, 7.0]);
        assert_eq!(source.picture(2).unwrap().pixels()[0], 3);
        assert!(source.picture(6).is_err());
    }
}

fn first_values(batch: &Batch) -> Vec<f32> {
    batch.pixels.chunks_exact(8 * 9 * 3).map(|pixels| pixels[0]).collect()
}

#[test]
fn a_picture_that_goes_bad_later_is_left_out_of_its_batch() {
    let folder = tempfile::tempdir().unwrap();
    let samples = pictures(folder.path(), 6);
    let mut source = source(samples.clone(), 0, 2);
    source.load().unwrap();
    for gone in [1, 4, 5] {
        std::fs::remove_file(&samples[gone].path).unwrap();
    }
    for _ in 0..2 {
        let indices: Vec<_> =
            all(source.batches(Order::Sequential, None, 0, 2)).into_iter().map(|b| b.2).collect();
        assert_eq!(indices, [vec![0], vec![2, 3]], "the batch of 4 and 5 is empty and left out");
    }
    assert_eq!(source.skipped().len(), 3, "each is named once");
}

#[test]
fn no_picture_at_all_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let samples: Vec<_> = (0..3).map(|i| Sample::new(folder.path().join(i.to_string()), 0)).collect();
    let error = source(samples, 0, 2).load().unwrap_err();
    assert!(error.to_string().starts_with("none of the 3 pictures can be read; the first, "), "{error}");
    assert_eq!(source(Vec::new(), 0, 2).load().unwrap().pictures, 0, "an empty part is none");
    assert_eq!(source(Vec::new(), 0, 2).batches(Order::Sequential, None, 0, 4).count(), 0);
}

/// A picture that is there may have been read or not; none is taken for a bad one.
#[test]
fn reading_stops_when_asked_to() {
    let folder = tempfile::tempdir().unwrap();
    let samples = pictures(folder.path(), 6);
    std::fs::write(&samples[2].path, "text").unwrap();
    for memory_limit in [0, IN_MEMORY] {
        let mut source = source(samples.clone(), memory_limit, 2);
        let error = source.load_unless(&AtomicBool::new(true)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Interrupted);
        assert_eq!((source.len(), source.skipped().len()), (6, 0));
        assert_eq!(source.load_unless(&AtomicBool::new(false)).unwrap().pictures, 5);
    }
}

#[test]
fn a_pass_can_be_left_halfway() {
    let folder = tempfile::tempdir().unwrap();
    let source = source(pictures(folder.path(), 30), 0, 3);
    for taken in 0..4 {
        let mut batches = source.batches(Order::Sequential, None, 0, 2);
        assert_eq!(batches.by_ref().take(taken).count(), taken);
    }
}

/// Also where a picture is missing: the one before is mixed with the one after.
#[test]
fn mixed_batches_are_the_same_at_any_number_of_workers() {
    let folder = tempfile::tempdir().unwrap();
    let samples = pictures(folder.path(), 23);
    std::fs::write(&samples[4].path, "text").unwrap();
    let augment: Augment = "flip,mixup=0.3,cutmix=1".parse().unwrap();
    let pass = |workers, from| {
        let source = source(samples.clone(), 0, workers);
        let batches = source.batches_from(from, shuffled(3), Some(&augment), 7, 5);
        batches.map(|b| (b.pixels.clone(), b.labels.clone(), b.mixes.clone())).collect::<Vec<_>>()
    };
    let one = pass(1, 0);
    for (pixels, labels, mixes) in &one {
        assert_eq!((pixels.len(), mixes.len()), (labels.len() * 8 * 9 * 3, labels.len()));
        assert!(mixes.iter().all(|mix| mix.partner < labels.len() && (0.0..=1.0).contains(&mix.share)));
    }
    assert_eq!(one.iter().map(|(_, labels, _)| labels.len()).sum::<usize>(), 22);
    for workers in [2, 3, 8] {
        assert_eq!(pass(workers, 0), one, "{workers} workers");
        assert_eq!(pass(workers, 2), one[2..], "{workers} workers, from the third batch on");
    }
    let plain = source(samples, 0, 1);
    let mut batches = plain.batches(shuffled(3), Some(&"flip".parse().unwrap()), 7, 5);
    assert!(batches.all(|batch| batch.mixes.is_empty()));
}

/// Segments decode each picture once a stay, and hand over what reading from disk does.
#[test]
fn segments_change_nothing_but_how_often_pictures_are_decoded() {
    let folder = tempfile::tempdir().unwrap();
    let samples = pictures(folder.path(), 23);
    let augment: Augment = "flip,rotation=0.2".parse().unwrap();
    let labels = || samples.iter().map(|sample| sample.label).collect();
    let segments = crate::Segments { count: 3, epochs: 4 };
    let sampler = crate::Sampler::new(labels(), 7).with(crate::Sampling::Uniform, segments);
    let from = |workers, slots: Option<usize>| {
        let mut source = source(samples.clone(), 0, workers);
        source.load().unwrap();
        if let Some(slots) = slots {
            source.keep_segments_of(slots);
        }
        let pass = |epoch: u64| sampler.draws(epoch * 23..(epoch + 1) * 23);
        (0..8).map(|epoch| all(source.drawn_from(0, pass(epoch), Some(&augment), 7, 5))).collect::<Vec<_>>()
    };
    let from_disk = from(1, None);
    for workers in [1, 2, 5] {
        assert_eq!(from(workers, Some(8)), from_disk, "{workers} workers");
        assert_eq!(from(workers, Some(3)), from_disk, "{workers} workers, too few slots");
    }
    // Once a segment was gone through, its files are not needed any more.
    let mut source = source(samples.clone(), 0, 2);
    source.keep_segments_of(8);
    let stay = sampler.draws(0..32);
    let first = all(source.drawn_from(0, stay[..8].to_vec(), None, 7, 5));
    samples.iter().for_each(|sample| std::fs::remove_file(&sample.path).unwrap());
    let again = all(source.drawn_from(0, stay[8..].to_vec(), None, 7, 5));
    let pictures = |batches: &[Content]| batches.iter().map(|batch| batch.1.len()).sum::<usize>();
    assert_eq!((pictures(&first), pictures(&again)), (8, 24));
    assert_eq!(source.skipped(), []);
}
