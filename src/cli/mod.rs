//! The command line: `run`, `config check`, `status`, `dead-letters list|show|retry|drop`.

mod letters;
mod status;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{Config, ConfigError, EXIT_CODE, Sources};

/// Turns Salesforce events into Amazon Chime meetings, recordings and true records.
#[derive(Debug, Parser)]
#[command(name = "chime-bridge", version)]
pub struct Arguments {
    /// Settings file (TOML); `config/bridge.example.toml` explains every key.
    #[arg(long, short, global = true, env = "CHIME_BRIDGE_CONFIG")]
    config: Option<PathBuf>,
    /// Overrides one setting, such as `--set aws.region=eu-west-2`; may be repeated.
    #[arg(long, global = true, value_parser = setting, value_name = "KEY=VALUE")]
    set: Vec<(String, String)>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the bridge until SIGTERM or Ctrl-C.
    Run,
    /// Looks at the settings.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// What the bridge is doing: meetings, work that waits, dead letters.
    Status,
    /// What could not be done.
    #[command(subcommand)]
    DeadLetters(letters::Command),
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Checks the settings and prints those in force, secrets hidden.
    Check,
}

fn setting(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write it as KEY=VALUE")?;
    Ok((key.trim().to_string(), value.trim().to_string()))
}

/// Does what the command line asks.
pub fn main(arguments: Arguments) -> ExitCode {
    let sources = Sources::of_process(arguments.config, arguments.set);
    let asked = match arguments.command {
        Command::Run => sources.load().map(|config| block_on(run(config))),
        Command::Config(ConfigCommand::Check) => sources.load().map(|config| {
            println!("{}", config.effective());
            println!("# These settings are complete. Nothing was connected to.");
            ExitCode::SUCCESS
        }),
        Command::Status => sources.read().map(|config| block_on(told(status::print(config)))),
        Command::DeadLetters(command) => {
            sources.read().map(|config| block_on(told(letters::run(config, command))))
        }
    };
    asked.unwrap_or_else(|error| wrong_settings(&error))
}

fn wrong_settings(error: &ConfigError) -> ExitCode {
    eprintln!("The settings cannot be used:\n{error}");
    ExitCode::from(EXIT_CODE)
}

async fn run(config: Config) -> ExitCode {
    match crate::bridge::with_signals(config).await {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(error) => {
            eprintln!("The bridge could not start: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn told(work: impl Future<Output = anyhow::Result<()>>) -> ExitCode {
    match work.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn block_on(work: impl Future<Output = ExitCode>) -> ExitCode {
    match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime.block_on(work),
        Err(error) => {
            eprintln!("The system gives no threads: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Opens the store beside a bridge that may be running.
async fn store_beside(config: &Config) -> anyhow::Result<crate::store::SqliteStore> {
    let path = &config.store.path;
    anyhow::ensure!(
        path.exists(),
        "there is no store at {} (store.path); has the bridge run with these settings?",
        path.display()
    );
    Ok(crate::store::SqliteStore::open_beside(path).await?)
}
