//! IVF, the simplest file of VP8 pictures: 32 bytes of head, then each frame with its length.

/// Most bytes of one frame that are believed.
const LARGEST: usize = 4 * 1024 * 1024;
const HEAD: usize = 32;
const FRAME_HEAD: usize = 12;

/// Why bytes are not pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotIvf {
    /// No head.
    #[error("this is no IVF file of VP8")]
    Head,
    /// A frame is cut short or too large.
    #[error("frame {0} of the IVF file is cut short")]
    Frame(usize),
    /// None at all, or none that stands alone.
    #[error("the IVF file has no whole picture at its beginning")]
    NoPicture,
}

/// Pictures, in order.
#[derive(Debug, Clone)]
pub struct Ivf {
    frames: Vec<std::sync::Arc<[u8]>>,
}

impl Ivf {
    /// Reads a file.
    ///
    /// # Errors
    /// It is not one.
    pub fn read(bytes: &[u8]) -> Result<Self, NotIvf> {
        let head = bytes.get(..HEAD).ok_or(NotIvf::Head)?;
        if !head.starts_with(b"DKIF") || &head[8..12] != b"VP80" {
            return Err(NotIvf::Head);
        }
        let mut rest = &bytes[HEAD..];
        let mut frames = Vec::new();
        while !rest.is_empty() {
            let cut = NotIvf::Frame(frames.len());
            let (head, after) = rest.split_at_checked(FRAME_HEAD).ok_or(cut)?;
            let length = u32::from_le_bytes([head[0], head[1], head[2], head[3]]) as usize;
            let (frame, after) =
                after.split_at_checked(length).filter(|_| length <= LARGEST).ok_or(cut)?;
            frames.push(frame.into());
            rest = after;
        }
        let ivf = Self { frames };
        if ivf.len() > 0 && ivf.stands_alone(0) { Ok(ivf) } else { Err(NotIvf::NoPicture) }
    }

    /// Number of pictures.
    #[allow(clippy::len_without_is_empty, reason = "never empty")]
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// A picture; after the last comes the first.
    pub fn frame(&self, number: usize) -> std::sync::Arc<[u8]> {
        self.frames[number % self.frames.len()].clone()
    }

    /// The first number from `number` on whose picture needs none before it.
    pub fn next_alone(&self, number: usize) -> usize {
        (number..number + self.len()).find(|&n| self.stands_alone(n % self.len())).unwrap_or(number)
    }

    /// VP8 says so in the lowest bit of the first byte.
    fn stands_alone(&self, number: usize) -> bool {
        self.frames[number].first().is_some_and(|first| first & 1 == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(frames: &[&[u8]]) -> Vec<u8> {
        let mut bytes = b"DKIF\0\0\x20\0VP80".to_vec();
        bytes.resize(HEAD, 0);
        for frame in frames {
            bytes.extend((frame.len() as u32).to_le_bytes());
            bytes.extend([0; 8]);
            bytes.extend(*frame);
        }
        bytes
    }

    #[test]
    fn pictures_come_in_order_and_again() {
        let ivf = Ivf::read(&file(&[&[0, 1], &[1, 2], &[0, 3]])).unwrap();
        assert_eq!((&*ivf.frame(1), &*ivf.frame(3)), (&[1u8, 2][..], &[0u8, 1][..]));
        assert_eq!((ivf.next_alone(1), ivf.next_alone(2), ivf.next_alone(4)), (2, 2, 5));
    }

    #[test]
    fn what_is_cut_short_or_no_picture_is_refused() {
        let whole = file(&[&[0, 1, 2]]);
        assert_eq!(Ivf::read(&whole[..whole.len() - 1]).unwrap_err(), NotIvf::Frame(0));
        assert_eq!(Ivf::read(b"RIFF").unwrap_err(), NotIvf::Head);
        assert_eq!(Ivf::read(&file(&[])).unwrap_err(), NotIvf::NoPicture);
        assert_eq!(Ivf::read(&file(&[&[1]])).unwrap_err(), NotIvf::NoPicture);
    }
}
