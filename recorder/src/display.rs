//! The virtual display: Xvfb, a little larger than the picture, on a free number of its own choice.

use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};

use crate::child::{Child, ChildError, Recipe, environment};
use crate::scratch::Scratch;

/// Width of the recorded picture, pixels.
pub const WIDTH: u32 = 1280;
/// Height of the recorded picture, pixels.
pub const HEIGHT: u32 = 720;

const READY: Duration = Duration::from_secs(10);

/// A running display.
pub struct Display {
    /// Its process.
    pub child: Child,
    /// Its name, `:<number>`.
    pub name: String,
}

impl Display {
    /// Starts one and waits until it takes clients.
    pub async fn start(scratch: &Scratch) -> Result<Self, ChildError> {
        let screen = format!("{}x{}x24", WIDTH + 16, HEIGHT + 16);
        let args = ["-displayfd", "1", "-screen", "0", &screen, "-nolisten", "tcp", "-noreset"];
        let recipe = Recipe {
            name: "Xvfb",
            program: "Xvfb".into(),
            args: args.map(String::from).to_vec(),
            environment: environment(scratch.path()),
            fed: false,
            read: true,
        };
        let mut child = Child::start(&recipe)?;
        let Some(output) = child.output() else { return Err(child.not_ready("it has no output")) };
        let mut lines = BufReader::new(output).lines();
        let number = match tokio::time::timeout(READY, lines.next_line()).await {
            Ok(Ok(Some(line))) => line.trim().parse::<u32>().ok(),
            Ok(_) => None,
            Err(_) => return Err(child.not_ready("it named no display within 10 s")),
        };
        match number {
            Some(number) => Ok(Self { child, name: format!(":{number}") }),
            None => Err(child.not_ready("it ended, or named no display")),
        }
    }
}
