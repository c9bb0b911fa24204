//! What can be typed. The words of `--help` live here; what is done lives in `commands`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use novelai::client::BaseUrl;

use crate::price::Tier;
use crate::settings::{Like, Settings};

/// NovelAI image generation from the command line.
#[derive(Debug, Parser)]
#[command(
    name = "nai",
    version,
    max_term_width = 100,
    after_help = "\
Examples:
  nai --sandbox generate \"1girl, silver hair, night city\"     without an account, nothing is charged
  nai login < token.txt                                        keep a token in the keychain
  nai generate \"a lighthouse in a storm\" --size 1216x832 -n 2
  nai generate --like picture.png --seed 7 --dry-run --json    what would be sent, and its price
  nai inspect picture.png
  nai sandbox --port 8080                                      a local NovelAI for your own tools

`nai help COMMAND` shows more examples. Exit codes: 0 done, 2 usage, 3 token, 4 Anlas, 5 refused before
sending, 6 rejected, 7 busy, 8 offline, 9 unsettled (may have been charged), 10 server, 11 unreadable
reply, 12 not offered, 13 files, 14 keychain, 130 stopped, 1 anything else."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// Talk to this server instead of NovelAI: https, or http on this machine.
    #[arg(long, value_name = "URL", global = true, value_parser = base_url, env = "NAI_API_URL")]
    pub(crate) api_url: Option<BaseUrl>,
    /// Start a sandbox for this one call and talk to it: no account, nothing is charged.
    #[arg(long, global = true, conflicts_with = "api_url")]
    pub(crate) sandbox: bool,
    /// Print JSON on standard output.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Write each request (without the token) and the untouched reply into this folder.
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) raw: Option<PathBuf>,
    /// With --raw: write pictures inside requests in full, not shortened.
    #[arg(long, global = true, requires = "raw")]
    pub(crate) raw_whole: bool,
    /// A registry file that is laid over the built-in models. Default: models.toml in Atelier's data folder.
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) models_file: Option<PathBuf>,
    /// Say more on standard error.
    #[arg(long, short, global = true)]
    pub(crate) verbose: bool,
}

fn base_url(text: &str) -> Result<BaseUrl, String> {
    BaseUrl::parse(text).map_err(|error| error.to_string())
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Keep a token in the keychain, after trying it.
    #[command(after_help = "\
Examples:
  nai login                              asks for the token, shows nothing of it
  nai login < token.txt                  takes it from standard input
  nai login --email me@example.com       asks for the password, which never leaves this machine
  nai login --email me@example.com --persistent
                                         and makes a token that does not end after thirty days
On a machine without a keychain set NOVELAI_TOKEN instead.")]
    Login(Login),
    /// Forget the token.
    Logout,
    /// Subscription, Anlas and the V5 allowance.
    #[command(after_help = "Examples:\n  nai account\n  nai account --json | jq .anlas\n  nai account --data")]
    Account(Account),
    /// The models, what each can do, and their ids.
    #[command(after_help = "Examples:\n  nai models\n  nai models --all --json | jq '.[].id'")]
    Models(Models),
    /// Make pictures.
    #[command(after_help = "\
Examples:
  nai generate \"1girl, silver hair, night city\"
  nai generate \"forest\" --model v5-curated --size 1216x832 --steps 28 --seed 7 -n 2
  nai generate \"2girls\" --character \"girl, red hair\" --at 0.3,0.5 --character \"girl, blue hair\" --at 0.7,0.5
  nai generate \"watercolor\" --image sketch.png --strength 0.6
  nai generate \"a red door\" --image house.png --mask door.png
  nai generate --like old.png --steps 28 --out \"pictures/{date}/{seed}-{index}\"
  nai generate --request request.json --dry-run --json
  cat requests.jsonl | nai generate --jsonl --dry-run
  nai generate \"cat\" --vibe mood.naiv4vibe:0.5
  nai generate \"cat\" --reference hero.png:character:0.9")]
    Generate(Box<Generate>),
    /// Twice as wide and high.
    #[command(
        after_help = "Examples:\n  nai upscale small.png\n  nai upscale *.png --sharpen 0.4 --out \"large/{index}\"\n  nai upscale small.png --local --noise 1 --scale 4"
    )]
    Upscale(Upscale),
    /// A director tool: backgrounds, lines, colours, moods, clutter.
    #[command(after_help = "\
Examples:
  nai augment background portrait.png       three pictures: masked, generated, blended
  nai augment lineart portrait.png
  nai augment colorize lines.png --prompt \"red dress\" --defry 1
  nai augment emotion portrait.png --mood happy --prompt \"open mouth\"")]
    Augment(Augment),
    /// A map of a picture: edges, depth, lines. (Legacy: NovelAI itself is dropping it.)
    #[command(after_help = "Examples:\n  nai annotate photo.png --with midas")]
    Annotate(Annotate),
    /// Labels for a picture. (Legacy: only some servers have it.)
    #[command(after_help = "Examples:\n  nai classify picture.png --json")]
    Classify(Classify),
    /// Turn a picture into a vibe file, once, to be used again and again.
    #[command(after_help = "\
Examples:
  nai vibe mood.png                          writes mood.naiv4vibe; costs 2 Anlas
  nai vibe mood.png --model v4.5-full --extraction 0.7 --out library/mood.naiv4vibe
  nai vibe --show mood.naiv4vibe             what is in it; costs nothing")]
    Vibe(Vibe),
    /// Tags that go on from what you type.
    #[command(after_help = "Examples:\n  nai tags \"silver h\"\n  nai tags 海 --japanese")]
    Tags(Tags),
    /// Words that go on from a prompt. (Legacy: only some servers have it.)
    #[command(after_help = "Examples:\n  nai prompt \"a castle on a\" --tokens 60")]
    Prompt(Prompt),
    /// What a request costs. Nothing is sent.
    #[command(after_help = "\
Examples:
  nai cost --model v5-full --size 1024x1536 --steps 28 --samples 2 --tier opus
  nai cost --request request.json --json
  cat requests.jsonl | nai cost --jsonl --tier none")]
    Cost(Box<Cost>),
    /// Everything that pictures know about themselves. Nothing is sent.
    #[command(
        after_help = "Examples:\n  nai inspect picture.png\n  nai inspect *.webp --json | jq '.[].request.sampling.seed'"
    )]
    Inspect(Inspect),
    /// A local NovelAI for learning and for testing your own tools.
    #[command(after_help = "\
Examples:
  nai sandbox                               prints its URL and token, and runs until Ctrl+C
  nai sandbox --port 8080 --token pst-test --tier none --anlas 20
  nai sandbox --fault status:500 --fault cut:2000
  NOVELAI_TOKEN=pst-test nai --api-url http://127.0.0.1:8080 generate \"sea\"
Faults: status:CODE[:RETRY_AFTER], charged:CODE (after charging), cut:BYTES, stall:BYTES, reset:FRAMES,
html, type, slow:MS, or JSON as POST /sandbox/fault takes it. Each strikes once, in the order given.")]
    Sandbox(Sandbox),
    /// The queue of the app: what waits, and what is to be decided about it.
    #[command(
        subcommand,
        after_help = "\
Examples:
  nai queue list
  nai queue list --which unsettled --json
  nai queue add \"a lighthouse in a storm\" --size 1216x832 --max-anlas 20
  nai queue add \"at night\" --image house.png --strength 0.6
  nai queue run                          works on it until nothing is left that may be sent
  nai queue pause                        also where a window works on it
  nai queue settle ID --send-again
`run` needs the queue for itself: while the app is open it is the app that works on it."
    )]
    Queue(Queue),
    /// Print a completion script for a shell.
    #[command(after_help = "Examples:\n  nai completions bash > ~/.local/share/bash-completion/completions/nai")]
    Completions {
        /// For which shell.
        shell: Shell,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Login {
    /// Log in with this e-mail and a password instead of a token.
    #[arg(long, value_name = "E-MAIL")]
    pub(crate) email: Option<String>,
    /// With --email: make a persistent token, and keep that.
    #[arg(long, requires = "email")]
    pub(crate) persistent: bool,
    /// With --persistent: replace the one that there is. Programs that use it stop working.
    #[arg(long, requires = "persistent")]
    pub(crate) replace: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Account {
    /// All that the server tells about the account, as it tells it.
    #[arg(long, conflicts_with = "information")]
    pub(crate) data: bool,
    /// Only the general information, as the server tells it.
    #[arg(long)]
    pub(crate) information: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Models {
    /// Those too that are only known for old pictures and other servers.
    #[arg(long)]
    pub(crate) all: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Generate {
    #[command(flatten)]
    pub(crate) like: Like,
    #[command(flatten)]
    pub(crate) settings: Settings,
    /// How the pictures of the request travel; the other way is tried where a server does not take this one.
    #[arg(long, value_enum, default_value_t = TransportName::Json)]
    pub(crate) transport: TransportName,
    /// How the picture in the making arrives. Default: msgpack where the model streams.
    #[arg(long, value_enum)]
    pub(crate) stream: Option<StreamName>,
    #[command(flatten)]
    pub(crate) target: Target,
    /// Print the exact request and its price, and send nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// With --dry-run: the subscription to reckon the price for.
    #[arg(long, value_enum, requires = "dry_run", default_value_t = Tier::None)]
    pub(crate) tier: Tier,
    /// Read one request a line from standard input, answer one line of JSON each.
    #[arg(long, conflicts_with_all = ["request", "like"])]
    pub(crate) jsonl: bool,
}

/// Where pictures go, and what they may cost.
#[derive(Debug, Args)]
pub(crate) struct Target {
    /// Folder and name of the pictures: a folder, a name, or a template of {date} {time} {seed} {index} {job}.
    /// Nothing is overwritten.
    #[arg(long, short, value_name = "TEMPLATE")]
    pub(crate) out: Option<String>,
    /// Send nothing that costs more than so many Anlas; 0 sends only what is free.
    #[arg(long, value_name = "N")]
    pub(crate) max_anlas: Option<u32>,
}

/// How pictures travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TransportName {
    /// As base64 within the JSON.
    Json,
    /// As parts of a form.
    Multipart,
}

/// How a picture in the making arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StreamName {
    /// Only the finished picture.
    Off,
    /// Step by step, as length-framed MessagePack.
    Msgpack,
    /// Step by step, as server-sent events.
    Sse,
}

#[derive(Debug, Args)]
pub(crate) struct Upscale {
    /// The pictures.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The model that does it. Default: the first that can.
    #[arg(long, short)]
    pub(crate) model: Option<String>,
    /// Sharpening: 0, or 0.3 to 0.5 in steps of 0.05.
    #[arg(long, default_value_t = 0.0)]
    pub(crate) sharpen: f64,
    /// On this computer, free of charge, by waifu2x.
    #[arg(long, conflicts_with_all = ["model", "sharpen"])]
    pub(crate) local: bool,
    /// How much noise waifu2x takes away, 0 to 3. Default: none.
    #[arg(long, requires = "local", value_parser = clap::value_parser!(u8).range(0..=3))]
    pub(crate) noise: Option<u8>,
    /// How many times as large on this computer: 2 or 4.
    #[arg(long, requires = "local", default_value = "2", value_parser = ["2", "4"])]
    pub(crate) scale: String,
    /// By Lanczos' filter instead: at once, and soft.
    #[arg(long, requires = "local", conflicts_with = "noise")]
    pub(crate) lanczos: bool,
    #[command(flatten)]
    pub(crate) target: Target,
}

/// The director tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ToolName {
    /// Remove the background (three pictures).
    Background,
    /// A line drawing.
    Lineart,
    /// A sketch.
    Sketch,
    /// Colour a drawing.
    Colorize,
    /// Change the look on a face.
    Emotion,
    /// Remove text and other clutter.
    Declutter,
    /// The same, but keep speech bubbles.
    DeclutterKeepBubbles,
}

#[derive(Debug, Args)]
pub(crate) struct Augment {
    /// What to do.
    #[arg(value_enum)]
    pub(crate) tool: ToolName,
    /// The pictures.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// For colorize and emotion: tags.
    #[arg(long, default_value = "")]
    pub(crate) prompt: String,
    /// For emotion: the mood.
    #[arg(long, value_parser = clap::builder::PossibleValuesParser::new(novelai::tools::MOODS))]
    pub(crate) mood: Option<String>,
    /// For colorize and emotion, 0 to 5: how little is changed.
    #[arg(long, default_value_t = 0)]
    pub(crate) defry: u8,
    #[command(flatten)]
    pub(crate) target: Target,
}

/// What annotate draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AnnotatorName {
    /// Soft edges.
    Hed,
    /// Depth.
    Midas,
    /// A scribble.
    FakeScribble,
    /// Straight lines.
    Mlsd,
    /// What is where.
    Uniformer,
}

#[derive(Debug, Args)]
pub(crate) struct Annotate {
    /// The picture.
    pub(crate) file: PathBuf,
    /// What to draw.
    #[arg(long = "with", value_enum, default_value_t = AnnotatorName::Hed)]
    pub(crate) annotator: AnnotatorName,
    #[command(flatten)]
    pub(crate) target: Target,
}

#[derive(Debug, Args)]
pub(crate) struct Classify {
    /// The picture.
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Vibe {
    /// The picture, or with --show a vibe file.
    pub(crate) file: PathBuf,
    /// The model that the vibe is for. Default: the first that encodes vibes.
    #[arg(long, short)]
    pub(crate) model: Option<String>,
    /// Information Extracted, 0.01 to 1. Default: the model's own.
    #[arg(long)]
    pub(crate) extraction: Option<f64>,
    /// Where the file goes. Default: beside the picture. Nothing is overwritten.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Send nothing that costs more than so many Anlas.
    #[arg(long, value_name = "N")]
    pub(crate) max_anlas: Option<u32>,
    /// Tell what is in a vibe file. Nothing is sent.
    #[arg(long)]
    pub(crate) show: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Tags {
    /// The beginning of a tag.
    pub(crate) text: String,
    /// For which model. Default: the first.
    #[arg(long, short)]
    pub(crate) model: Option<String>,
    /// Ask by Japanese words.
    #[arg(long)]
    pub(crate) japanese: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Prompt {
    /// The beginning.
    pub(crate) text: String,
    /// The model, as the server names it. Default: the first of the registry.
    #[arg(long, short)]
    pub(crate) model: Option<String>,
    /// How freely it goes on.
    #[arg(long, default_value_t = 1.0)]
    pub(crate) temperature: f64,
    /// How far, in tokens.
    #[arg(long, default_value_t = 40)]
    pub(crate) tokens: u32,
}

#[derive(Debug, Args)]
pub(crate) struct Cost {
    #[command(flatten)]
    pub(crate) like: Like,
    #[command(flatten)]
    pub(crate) settings: Settings,
    /// The subscription. Default: none.
    #[arg(long, value_enum, default_value_t = Tier::None)]
    pub(crate) tier: Tier,
    /// With --tier opus: the V5 allowance is used up.
    #[arg(long)]
    pub(crate) allowance_used_up: bool,
    /// Read one request a line from standard input, answer one line of JSON each.
    #[arg(long, conflicts_with_all = ["request", "like"])]
    pub(crate) jsonl: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// The pictures.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Sandbox {
    /// The port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
    /// The token to accept. Default: a random one.
    #[arg(long)]
    pub(crate) token: Option<String>,
    /// The subscription of its account.
    #[arg(long, value_enum, default_value_t = Tier::Opus)]
    pub(crate) tier: Tier,
    /// The Anlas of its account.
    #[arg(long, default_value_t = 10_000)]
    pub(crate) anlas: u32,
    /// The V5 allowance of its account, in percent; negative is used up.
    #[arg(long, default_value_t = 100, allow_negative_numbers = true)]
    pub(crate) usage_percent: i32,
    /// What a step takes beyond the painting, in milliseconds.
    #[arg(long, default_value_t = 0, value_name = "MS")]
    pub(crate) delay: u64,
    /// What goes wrong with the next request; may be given several times.
    #[arg(long, value_name = "FAULT")]
    pub(crate) fault: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_teaches_by_example() {
        for command in Cli::command().get_subcommands() {
            let name = command.get_name();
            assert!(
                name == "logout"
                    || command
                        .get_after_help()
                        .is_some_and(|help| help.to_string().contains("nai ")),
                "{name}"
            );
        }
    }

    #[test]
    fn a_server_elsewhere_must_be_encrypted() {
        let parse = |url: &str| Cli::try_parse_from(["nai", "--api-url", url, "account"]);
        assert!(parse("http://example.com").is_err());
        assert!(parse("https://example.com").is_ok() && parse("http://127.0.0.1:8080").is_ok());
    }
}

/// What can be done with the queue.
#[derive(Debug, Subcommand)]
pub(crate) enum Queue {
    /// Print a list of jobs.
    List {
        /// Which ones.
        #[arg(long, value_enum, default_value_t = Which::Open)]
        which: Which,
        /// At most so many.
        #[arg(long, default_value_t = 100)]
        limit: u32,
    },
    /// Queue a request. With --sandbox it is for the sandbox of whoever works on the queue.
    Add(Box<QueueAdd>),
    /// Work on the queue until nothing is left that may be sent.
    Run,
    /// Begin nothing new, also where a window works on the queue.
    Pause,
    /// Go on.
    Resume,
    /// Decide about a job that may have been charged.
    #[command(group(clap::ArgGroup::new("choice").required(true).args(["send_again", "leave"])))]
    Settle {
        /// The job, as `list` prints it.
        id: uuid::Uuid,
        /// Send it once more, as another job. Where it was charged it is paid for a second time.
        #[arg(long)]
        send_again: bool,
        /// Leave it as it is, and list it no more.
        #[arg(long)]
        leave: bool,
    },
}

/// What is queued.
#[derive(Debug, Args)]
pub(crate) struct QueueAdd {
    #[command(flatten)]
    pub(crate) like: Like,
    #[command(flatten)]
    pub(crate) settings: Settings,
    /// Agree to a price of so many Anlas, where the app is to ask above less.
    #[arg(long, value_name = "N")]
    pub(crate) max_anlas: Option<u32>,
}

/// A list of jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Which {
    /// On their way or waiting.
    Open,
    /// Done.
    Done,
    /// Failed or cancelled.
    Failed,
    /// Those that may have been charged.
    Unsettled,
}
