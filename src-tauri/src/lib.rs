//! The desktop shell: wiring and nothing else. What the program does is in `studio`; what the page may ask for is listed
//! in [`ipc`]; this crate alone knows Tauri.

mod commands;
mod drops;
pub mod environment;
mod error;
mod hand_over;
mod image_protocol;
mod ipc;
mod log;
mod notify;
mod options;
mod progress;
mod state;
mod window;

pub use options::{KeepIn, Options};

use state::Atelier;
use tauri::Manager;

/// Runs the app until its window is closed.
///
/// # Errors
/// When no data folder can be found, or the window system can't be reached.
pub fn run(options: Options) -> anyhow::Result<()> {
    let folders = state::folders(&options)?;
    let _logs_are_written_until_this_is_dropped = log::start(&folders.data);
    let ipc = ipc::builder();
    let own_folder = options.data_dir.is_some();

    let mut app = tauri::Builder::default();
    if !own_folder {
        // A second start with the usual folder shows the first window; one with a folder of its own is another studio.
        app = app.plugin(tauri_plugin_single_instance::init(|app, _arguments, _folder| {
            window::show(app);
        }));
    }
    app.plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_window_state::Builder::default().build())
        .register_asynchronous_uri_scheme_protocol(image_protocol::SCHEME, image_protocol::answer)
        .invoke_handler(ipc::handler(&ipc))
        .setup(move |app| {
            ipc.mount_events(app);
            app.manage(Atelier::open(app.handle().clone(), options, folders));
            window::open(app.handle())?;
            Ok(())
        })
        .build(tauri::generate_context!())?
        .run(|app, event| {
            if let tauri::RunEvent::Exit = event {
                tauri::async_runtime::block_on(app.state::<Atelier>().close());
            }
        });
    Ok(())
}
