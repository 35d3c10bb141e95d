//! A face of one hue with something that moves, made by FFmpeg once and kept in a folder.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::{Ivf, NotIvf};

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// FFmpeg could not be started, or a file not be read or written.
    #[error("{what}: {error}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// Why it failed.
        error: std::io::Error,
    },
    /// FFmpeg failed.
    #[error("FFmpeg could not make the picture (it needs libvpx): {0}")]
    Ffmpeg(String),
    /// It made something else.
    #[error(transparent)]
    NotIvf(#[from] NotIvf),
}

/// Red, green and blue of a hue of 0 to 360 degrees.
fn rgb(hue: f64) -> [u8; 3] {
    [0.0, 8.0, 4.0].map(|n| {
        let k = (n + hue.rem_euclid(360.0) / 30.0) % 12.0;
        (255.0 * (0.5 - 0.5 * (k - 3.0).min(9.0 - k).clamp(-1.0, 1.0))).round() as u8
    })
}

/// Pictures of a hue, 320×180, 15 a second, 4 seconds: made by FFmpeg, or found in `folder` from
/// an earlier time.
///
/// # Errors
/// FFmpeg is missing or fails, or the folder cannot be used.
pub async fn picture(hue: f64, folder: &Path) -> Result<Ivf, PictureError> {
    let [red, green, blue] = rgb(hue);
    let colour = format!("{red:02x}{green:02x}{blue:02x}");
    let file = folder.join(format!("bot-{colour}.ivf"));
    // A file that is not whole is made anew.
    if let Ok(known) = tokio::fs::read(&file).await
        && let Ok(ivf) = Ivf::read(&known)
    {
        return Ok(ivf);
    }
    let io = |what| move |error| PictureError::Io { what, error };
    tokio::fs::create_dir_all(folder).await.map_err(io("the folder of pictures cannot be made"))?;
    let made = folder.join(format!("bot-{colour}-{}.making", std::process::id()));
    make(&colour, &made).await?;
    let bytes = tokio::fs::read(&made).await.map_err(io("the picture cannot be read"))?;
    let ivf = Ivf::read(&bytes)?;
    tokio::fs::rename(&made, &file).await.map_err(io("the picture cannot be kept"))?;
    Ok(ivf)
}

async fn make(colour: &str, to: &PathBuf) -> Result<(), PictureError> {
    let ground = format!("color=c=0x{colour}:s=320x180:r=15:d=4");
    // A grey square goes round once in the loop: the first picture follows the last smoothly.
    let square = "[0][1]overlay=x='140+100*sin(2*PI*t/4)':y='70+50*cos(2*PI*t/4)'";
    let done = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i"])
        .arg(ground)
        .args(["-f", "lavfi", "-i", "color=c=0x808080:s=40x40:r=15:d=4"])
        .args(["-filter_complex", square])
        .args(["-c:v", "libvpx", "-b:v", "200k", "-g", "15", "-keyint_min", "15"])
        .args(["-deadline", "realtime", "-cpu-used", "8", "-auto-alt-ref", "0", "-f", "ivf"])
        .arg(to)
        .output()
        .await
        .map_err(|error| PictureError::Io { what: "FFmpeg cannot be started", error })?;
    match done.status.success() {
        true => Ok(()),
        false => Err(PictureError::Ffmpeg(String::from_utf8_lossy(&done.stderr).trim().into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hues_are_those_of_the_colour_wheel() {
        assert_eq!(rgb(0.0), [255, 0, 0]);
        assert_eq!(rgb(120.0), [0, 255, 0]);
        assert_eq!(rgb(240.0), [0, 0, 255]);
        assert_eq!(rgb(420.0), rgb(60.0));
    }
}
