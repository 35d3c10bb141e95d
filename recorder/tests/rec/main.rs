//! The recorder for real: Chromium, Xvfb, Pulse, FFmpeg, and the emulator's S3.
