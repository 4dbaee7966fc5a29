use std::collections::BTreeMap;

use super::*;
use crate::Order;

/// 30 pictures of class 0, 9 of class 1, 4 of class 2.
fn labels() -> Vec<u32> {
    [(0, 30), (1, 9), (2, 4)].into_iter().flat_map(|(label, count)| vec![label; count]).collect()
}

fn in_segments(count: usize, epochs: usize) -> Sampler {
    Sampler::new(labels(), 5).with(Sampling::Uniform, Segments { count, epochs })
}

fn counts(values: impl Iterator<Item = usize>) -> BTreeMap<usize, usize> {
    let mut counts = BTreeMap::new();
    values.for_each(|value| *counts.entry(value).or_insert(0) += 1);
    counts
}

#[test]
fn a_pass_is_the_shuffled_order_of_its_epoch() {
    let sampler = Sampler::new(labels(), 5);
    for epoch in 1..4 {
        let draws = sampler.draws((epoch - 1) * 43..epoch * 43);
        assert_eq!(draws, Order::Shuffled { seed: 5, epoch }.draws(43));
    }
}

/// However the stream is cut into epochs, it is the same stream.
#[test]
fn any_window_is_a_piece_of_the_whole() {
    for sampler in [
        Sampler::new(labels(), 5),
        in_segments(3, 2),
        in_segments(4, 3).with(Sampling::Balanced, Segments { count: 4, epochs: 3 }),
        Sampler::new(labels(), 5).with(Sampling::Balanced, Segments::default()),
    ] {
        let whole = sampler.draws(0..400);
        assert_eq!(whole.len(), 400);
        for (from, to) in [(0, 1), (0, 43), (42, 44), (17, 390), (128, 130), (86, 258), (399, 400), (5, 5)] {
            assert_eq!(sampler.draws(from..to), whole[from as usize..to as usize], "{from} to {to}");
        }
    }
    assert_eq!(Sampler::new(Vec::new(), 5).draws(0..10), []);
}

#[test]
fn one_segment_is_no_segment() {
    assert_eq!(in_segments(1, 7).draws(0..430), Sampler::new(labels(), 5).draws(0..430));
}

#[test]
fn a_round_takes_every_picture_once_an_epoch_and_stays_on_a_segment() {
    let sampler = in_segments(4, 3);
    let mut earlier = Vec::new();
    for round in 0..3 {
        let draws = sampler.draws(round * 129..(round + 1) * 129);
        assert!(counts(draws.iter().map(Draw::picture)).values().all(|&times| times == 3));
        let stays: Vec<u32> = draws.iter().map(|draw| draw.seat.unwrap().stay).collect();
        assert!(stays.is_sorted(), "one segment after the other");
        for stay in round as u32 * 4..(round as u32 + 1) * 4 {
            let of_stay: Vec<&Draw> = draws.iter().filter(|draw| draw.seat.unwrap().stay == stay).collect();
            let pictures = counts(of_stay.iter().map(|draw| draw.picture()));
            assert!((10..=11).contains(&pictures.len()) && pictures.values().all(|&times| times == 3));
            let classes = counts(pictures.keys().map(|&picture| labels()[picture] as usize));
            assert!((7..=8).contains(&classes[&0]) && (2..=3).contains(&classes[&1]) && classes[&2] == 1);
            // A picture has one slot during the stay, and no other has it.
            let seats: std::collections::BTreeSet<_> =
                of_stay.iter().map(|draw| (draw.picture(), draw.seat.unwrap().slot)).collect();
            assert_eq!(seats.len(), pictures.len());
            // Each time through, it is varied anew.
            let streams: std::collections::BTreeSet<_> = of_stay.iter().map(|draw| draw.stream()).collect();
            assert_eq!(streams.len(), of_stay.len());
            assert!(!earlier.contains(&pictures), "the segments of a round are others");
            earlier.push(pictures);
        }
    }
}

#[test]
fn balanced_passes_have_each_class_equally_often() {
    let sampler = Sampler::new(labels(), 5).with(Sampling::Balanced, Segments::default());
    let mut all = Vec::new();
    for pass in 0..30 {
        let draws = sampler.draws(pass * 43..(pass + 1) * 43);
        let classes = counts(draws.iter().map(|draw| labels()[draw.picture()] as usize));
        assert_eq!(classes.len(), 3);
        assert!(classes.values().all(|times| (14..=15).contains(times)), "{classes:?}");
        let streams: std::collections::BTreeSet<_> = draws.iter().map(Draw::stream).collect();
        assert_eq!(streams.len(), 43, "copies of a picture are varied each in its own way");
        all.extend(draws);
    }
    // 30 passes: 430 turns a class, each of its pictures equally often but for one.
    let pictures = counts(all.iter().map(Draw::picture));
    for (range, turns) in [(0..30, 430 / 30), (30..39, 430 / 9), (39..43, 430 / 4)] {
        for picture in range {
            assert!((turns..=turns + 1).contains(&pictures[&picture]), "{picture}: {pictures:?}");
        }
    }
}

#[test]
fn balanced_segments_have_each_class_equally_often() {
    let segments = Segments { count: 4, epochs: 3 };
    let sampler = Sampler::new(labels(), 5).with(Sampling::Balanced, segments);
    let draws = sampler.draws(0..129);
    for stay in 0..4 {
        let of_stay = draws.iter().filter(|draw| draw.seat.unwrap().stay == stay);
        let classes = counts(of_stay.map(|draw| labels()[draw.picture()] as usize));
        let (least, most) = (classes.values().min().unwrap(), classes.values().max().unwrap());
        assert!(classes.len() == 3 && most - least <= 1, "{classes:?}");
    }
}
