//! Tests against real streams from FFmpeg, judged by FFmpeg and ffprobe, and against made-up and
//! damaged boxes.

mod damaged;
mod made;
mod playback;
mod splitting;
mod streams;
mod timeline;
