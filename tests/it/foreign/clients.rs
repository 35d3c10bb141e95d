//! Where the clients others wrote are, and how they are run: to their good end, and never longer
//! than the test. `make test` installs them and says where they are.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use chime_emulator::start::CLIENT_ID;
use serde_json::Value;
use tokio::process::Command;

use crate::world::World;

/// Longest life of a client. It ends by itself when it has what it waits for.
const PATIENCE: Duration = Duration::from_secs(120);

/// A script of `tests/foreign/node`, with the login of this user.
pub fn node(world: &World, script: &str, user: &str) -> Command {
    let dir = folder_of("CHIME_TEST_NODE_DIR", "salesforce-pubsub-api-client");
    let mut command = Command::new(node_22());
    command.arg(folder().join("node").join(script)).env("CHIME_TEST_NODE_DIR", dir);
    login(&mut command, world, user);
    command
}

/// The Salesforce command line, with a home of its own that knows no org.
pub fn sf(home: &Path) -> Command {
    let dir = folder_of("CHIME_TEST_SF_DIR", "@salesforce/cli");
    let mut command = Command::new(node_22());
    command
        .arg(dir.join("node_modules/@salesforce/cli/bin/run.js"))
        .current_dir(home)
        .env("HOME", home)
        .env("XDG_CACHE_HOME", home.join("cache"))
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_DATA_HOME", home.join("data"))
        // It asks nobody and tells nobody anything.
        .env("SF_DISABLE_TELEMETRY", "true")
        .env("SF_AUTOUPDATE_DISABLE", "true")
        .env("SF_SKIP_NEW_VERSION_CHECK", "true")
        .env("SF_DISABLE_LOG_FILE", "true")
        // Its keys would go to the desktop's key store.
        .env("SF_USE_GENERIC_UNIX_KEYCHAIN", "true");
    command
}

/// A script of `tests/foreign/python`.
pub fn python(script: &str) -> Command {
    let python = told("CHIME_TEST_PYTHON").unwrap_or_else(|| "python3".into());
    let look = std::process::Command::new(&python).args(["-c", "import boto3, moto"]).output();
    assert!(
        look.is_ok_and(|output| output.status.success()),
        "{python} has not the clients: `make test` installs them and sets CHIME_TEST_PYTHON"
    );
    let mut command = Command::new(python);
    command.arg(folder().join("python").join(script)).env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

/// What a script needs to log in as a user, and to hear events.
pub fn login(command: &mut Command, world: &World, user: &str) {
    let emulator = &world.emulator;
    command
        .env("LOGIN_URL", format!("http://{}", emulator.addresses.org))
        .env("CLIENT_ID", CLIENT_ID)
        .env("USER_NAME", user)
        .env("KEY_FILE", emulator.data_dir.join("bridge-key.pem"))
        .env("PUBSUB", emulator.addresses.pubsub.to_string())
        .env("CA", emulator.data_dir.join("ca.pem"));
}

/// Credentials and region for an account that takes any.
pub fn aws(command: &mut Command) {
    command
        .env("AWS_REGION", "eu-central-1")
        .env("AWS_DEFAULT_REGION", "eu-central-1")
        .env("AWS_ACCESS_KEY_ID", "emulator")
        .env("AWS_SECRET_ACCESS_KEY", "emulator")
        .env("AWS_EC2_METADATA_DISABLED", "true");
}

/// Prepares a client: it ends with the test, and the machine's proxy is not for its address.
pub fn ready(command: &mut Command) {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    for proxy in ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "grpc_proxy"] {
        command.env_remove(proxy);
    }
}

/// Runs a client to its good end; its JSON, a value for each line.
pub async fn run(command: Command) -> Vec<Value> {
    let output = end(command).await;
    assert!(output.status.success(), "it failed: {}", words(&output));
    let lines = String::from_utf8(output.stdout).unwrap();
    let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
    lines.lines().map(parse).collect()
}

/// Runs a client to any end.
pub async fn end(mut command: Command) -> Output {
    ready(&mut command);
    let child = command.spawn().unwrap_or_else(|error| {
        panic!("{command:?} cannot be started ({error}): `make test` says what is needed")
    });
    let output = tokio::time::timeout(PATIENCE, child.wait_with_output()).await;
    output.unwrap_or_else(|_| panic!("it never came to an end: {command:?}")).unwrap()
}

/// What a client wrote.
pub fn words(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}\n{}", text(&output.stdout), text(&output.stderr))
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign")
}

fn node_22() -> String {
    told("CHIME_TEST_NODE").unwrap_or_else(|| "node".into())
}

/// The folder a variable names; its `node_modules` has the package.
fn folder_of(variable: &str, package: &str) -> PathBuf {
    let dir = told(variable).map(PathBuf::from).unwrap_or_default();
    assert!(
        dir.join("node_modules").join(package).is_dir(),
        "{variable} is {dir:?}, which has no {package}: `make test` installs it and sets {variable}"
    );
    dir
}

#[allow(clippy::disallowed_methods, reason = "not a setting of the bridge")]
fn told(variable: &str) -> Option<String> {
    std::env::var(variable).ok().filter(|value| !value.is_empty())
}
