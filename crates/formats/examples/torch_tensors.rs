//! Lists the tensors of a `.pth` file: name, shape, and sums of the values, plain and weighted by their place.

use std::path::Path;
use std::process::ExitCode;

use linnaeus_formats::torch;

#[allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that a person runs")]
fn main() -> ExitCode {
    let Some(path) = std::env::args().nth(1) else {
        eprintln!("usage: torch_tensors FILE.pth");
        return ExitCode::FAILURE;
    };
    match torch::read(Path::new(&path)) {
        Ok(tensors) => {
            for torch::Tensor { name, shape, data } in tensors {
                let sum: f64 = data.iter().map(|value| f64::from(*value)).sum();
                let places = (0_u32..).map(|place| f64::from(place % 1009));
                let weighted: f64 =
                    data.iter().zip(places).map(|(value, place)| f64::from(*value) * place).sum();
                println!("{name}\t{shape:?}\t{sum:e}\t{weighted:e}");
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
