//! `touchstone materials`

use crate::args::MaterialsArgs;
use crate::command::diff::verified;
use crate::exit::Exit;
use crate::failure::Failure;
use touchstone_model::materials::surroundings;
use touchstone_runner::input::render_materials;

/// Prints all that a run saw of its targets as a bill of materials that nobody has approved yet.
pub fn run(args: &MaterialsArgs) -> Result<Exit, Failure> {
    let run = verified(&args.run)?;
    if run.environment.is_empty() {
        return Err(Failure::usage("这次运行没有看到任何目标的情况", "the run saw nothing of what its targets are made of"));
    }
    print!("{}", render_materials(&surroundings(&run.plan.targets, &run.environment)));
    Ok(Exit::Accepted)
}
