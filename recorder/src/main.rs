//! `chime-recorder`: the Fargate task.

fn main() {}
