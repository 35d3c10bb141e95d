//! Names the AWS account gives out: GUIDs, and the account and region every ARN carries.

/// The account all ARNs name.
pub const ACCOUNT: &str = "000000000000";
/// The region everything lives in.
pub const REGION: &str = "eu-central-1";

/// A random GUID (version 4), as AWS writes request, message and meeting ids.
pub fn guid() -> String {
    let mut b: [u8; 16] = rand::random();
    b[6] = (b[6] & 0x0f) | 0x40;
    b[8] = (b[8] & 0x3f) | 0x80;
    let h = hex::encode(b);
    format!("{}-{}-{}-{}-{}", &h[..8], &h[8..12], &h[12..16], &h[16..20], &h[20..])
}
