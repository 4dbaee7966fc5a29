//! An examination as one self-contained page, with the pictures side by side.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use images::{Channels, Part, Preprocess};
use maud::{Markup, html};
use report::html::{document, section};
use report::numbers::{count, duration, grouped};
use report::{LONGER_SIDE, Thumbnail, visible};

use crate::finding::{Finding, Severity};
use crate::kind::Kind;
use crate::threads::in_order;
use crate::{Examination, Result, Subject};

const STYLE: &str = include_str!("html/doctor.css");
/// Findings of a kind that are shown.
const FINDINGS: usize = 48;
/// Pictures of a finding that are shown.
const PICTURES: usize = 8;
/// Of the table of classes: up to here it is open.
const CLASSES: usize = 16;

/// The page, with small copies of the pictures that it names.
pub fn page(examination: &Examination) -> String {
    let thumbnails = Thumbnails::of(examination);
    let name = examination.data.file_name().map_or_else(
        || examination.data.to_string_lossy().into_owned(),
        |name| name.to_string_lossy().into_owned(),
    );
    let content = html! {
        (header(examination, &visible(&name)))
        @for (kind, severity, findings) in examination.by_kind() {
            (of_kind(examination, (kind, severity), findings, &thumbnails))
        }
        (classes(examination))
    };
    let footer = html! {
        footer {
            p { "linnaeus " (env!("CARGO_PKG_VERSION")) }
            p { "This page is one file: it loads nothing and runs no script. " code { "linnaeus doctor --json" } " has all findings." }
        }
    };
    document(&visible(&name), STYLE, content, footer)
}

/// Writes [`page`] to `path`.
///
/// # Errors
/// The folder is missing or read-only, or the disk is full.
pub fn write(examination: &Examination, path: &Path) -> Result<()> {
    Ok(files::write(path, page(examination))?)
}

fn header(examination: &Examination, name: &str) -> Markup {
    let parts: Vec<&str> = examination.parts.iter().map(|part| part.name()).collect();
    let mut facts = vec![
        count(examination.pictures(), "picture", "pictures"),
        count(examination.classes.len(), "class", "classes"),
    ];
    if !parts.is_empty() {
        facts.push(format!("in {}", parts.join(", ")));
    }
    facts.push(format!("looked at in {}", duration(examination.seconds)));
    html! {
        header {
            p.kind { "Linnaeus · doctor" }
            h1.name { (name) }
            p.facts { (facts.join(" · ")) }
            div.verdict {
                p.number.(if examination.count(Severity::Fault) > 0 { "bad" } else { "good" }) {
                    (grouped(examination.count(Severity::Fault) as u64))
                    span.unit { " " (if examination.count(Severity::Fault) == 1 { "fault" } else { "faults" }) }
                }
                ul.contents { @for (kind, severity, findings) in examination.by_kind() {
                    li.(severity.name()) { a href=(format!("#{}", id(kind, severity))) { (kind.title(findings.len())) } }
                } }
            }
            @for note in &examination.notes { p.note { (visible(note)) } }
        }
    }
}

/// With options as they are typed, which no line is broken in.
fn advice(text: &str) -> Markup {
    html! { @for (place, word) in text.split(' ').enumerate() {
        @if place > 0 { " " }
        @if word.starts_with("--") { code { (word) } } @else { (word) }
    } }
}

fn id(kind: Kind, severity: Severity) -> String {
    format!("{}-{}", kind.name(), severity.name())
}

fn of_kind(
    examination: &Examination,
    (kind, severity): (Kind, Severity),
    findings: &[Finding],
    thumbnails: &Thumbnails,
) -> Markup {
    let shown = &findings[..findings.len().min(FINDINGS)];
    let lead = html! { span.severity.(severity.name()) { (severity.name()) } " " (advice(&kind.advice(examination.storage))) "." };
    let are_groups = shown.iter().any(|finding| finding.pictures.len() > 1);
    let are_pictures =
        shown.iter().flat_map(|finding| &finding.pictures).any(|number| thumbnails.0.contains_key(number));
    let content = html! {
        @if are_groups {
            @for finding in shown { (group(examination, finding, thumbnails)) }
        } @else if are_pictures {
            div.side-by-side { @for finding in shown { @for number in &finding.pictures {
                (figure(examination, *number, Some(&finding.detail), thumbnails))
            } } }
        } @else {
            (table(examination, shown))
        }
        @if findings.len() > shown.len() {
            p.aside { "And " (grouped((findings.len() - shown.len()) as u64)) " more." }
        }
    };
    section(&id(kind, severity), &kind.title(findings.len()), lead, content)
}

fn group(examination: &Examination, finding: &Finding, thumbnails: &Thumbnails) -> Markup {
    let more = finding.pictures.len().saturating_sub(PICTURES);
    html! {
        div.group {
            p.detail { (visible(&finding.detail)) @if more > 0 { ", " (grouped(more as u64)) " more than are shown" } }
            div.side-by-side { @for number in finding.pictures.iter().take(PICTURES) {
                (figure(examination, *number, None, thumbnails))
            } }
        }
    }
}

fn figure(examination: &Examination, number: usize, detail: Option<&str>, thumbnails: &Thumbnails) -> Markup {
    let subject = &examination.subjects[number];
    let path = visible(&examination.shown(subject.path()));
    html! {
        figure {
            @if let Some(thumbnail) = thumbnails.0.get(&number) {
                img.coarse[thumbnail.is_coarse()] src=(thumbnail.address) width=(thumbnail.width) height=(thumbnail.height)
                    alt=(path) title=(path);
            } @else {
                div.gone role="img" aria-label=(format!("{path}: no picture")) { "no picture" }
            }
            figcaption {
                span.truth.name { (class_of(examination, subject)) }
                span.small { (facts(subject).join(" · ")) }
                @if let Some(detail) = detail { span.why { (visible(detail)) } }
                span.path { (path) }
            }
        }
    }
}

fn class_of<'a>(examination: &'a Examination, subject: &Subject) -> &'a str {
    subject.class.and_then(|class| examination.classes.get(class)).map_or("–", String::as_str)
}

fn facts(subject: &Subject) -> Vec<String> {
    let size = subject.size.map(|[height, width]| format!("{width} × {height}"));
    subject.part.map(Part::name).map(str::to_owned).into_iter().chain(size).collect()
}

fn table(examination: &Examination, findings: &[Finding]) -> Markup {
    let has_pictures = findings.iter().any(|finding| !finding.pictures.is_empty());
    html! {
        @if has_pictures {
            div.scroll { table.skipped {
                thead { tr { th scope="col" { "file" } th scope="col" { "what" } } }
                tbody { @for finding in findings { tr {
                    td.path { @for number in &finding.pictures {
                        (visible(&examination.shown(examination.subjects[*number].path())))
                    } }
                    td { (visible(&finding.detail)) }
                } } }
            } }
        } @else {
            ul.reasons { @for finding in findings { li { (visible(&finding.detail)) } } }
        }
    }
}

/// How many pictures each class has, in each part.
fn classes(examination: &Examination) -> Markup {
    let all = |class: usize| examination.pictures_of(class, None);
    let counts: Vec<usize> = (0..examination.classes.len()).map(all).collect();
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let rows = html! {
        table.classes.counted {
            thead { tr {
                th scope="col" { "class" }
                th scope="col" { "pictures" }
                @for part in &examination.parts { th scope="col" { (part.name()) } }
            } }
            tbody { @for (class, name) in examination.classes.iter().enumerate() {
                @let bar = format!("--bar:{:.1}%", counts[class] as f64 * 100.0 / most as f64);
                tr {
                    th.name scope="row" { (name) }
                    td.bar style=(bar) { (grouped(counts[class] as u64)) }
                    @for part in &examination.parts { td { (grouped(examination.pictures_of(class, Some(*part)) as u64)) } }
                }
            } }
        }
    };
    let content = html! {
        @if examination.classes.len() > CLASSES {
            details { summary { "Pictures of each class" } (rows) }
        } @else { (rows) }
    };
    section("classes", "Classes", html! { "Pictures of each, as they are listed." }, content)
}

/// Small copies of the pictures that the page shows, by their numbers.
struct Thumbnails(HashMap<usize, Thumbnail>);

impl Thumbnails {
    fn of(examination: &Examination) -> Self {
        let shown = examination.by_kind().flat_map(|(_, _, findings)| findings.iter().take(FINDINGS));
        let mut numbers: Vec<usize> =
            shown.flat_map(|finding| finding.pictures.iter().take(PICTURES).copied()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let made = in_order(
            (numbers.len(), examination.workers),
            || (),
            |(), index| thumbnail(&examination.subjects[numbers[index]]),
            &mut |_| {},
            &AtomicBool::new(false),
        );
        let made = numbers.into_iter().zip(made.into_iter().flatten());
        Self(made.filter_map(|(number, thumbnail)| Some((number, thumbnail?))).collect())
    }
}

fn thumbnail(subject: &Subject) -> Option<Thumbnail> {
    let [height, width] = subject.size?;
    let scale = (f64::from(LONGER_SIDE) / height.max(width) as f64).min(1.0);
    let size = [height, width].map(|side| ((side as f64 * scale).round() as usize).max(1));
    let picture = Preprocess::new(size, Channels::Rgb).ok()?.decode_sample(&subject.sample).ok()?;
    Thumbnail::of_pixels(size, picture.pixels().to_vec())
}
