//! What can be done to finished pictures, and asked about them: the part of [`Studio`] for tools, chains and questions.

use novelai::request::PictureId;
use uuid::Uuid;

use crate::chains::SavedChain;
use crate::disk::off_thread;
use crate::door::{Studio, lock};
use crate::error::Error;
use crate::jobs::{Answer, ChainEstimate, Job, Question, Step, answers, chains};

impl Studio {
    /// What steps that follow one another would cost this account, for each of some pictures. Without an account the
    /// full price.
    ///
    /// # Errors
    ///
    /// `refused` where there are no steps or pictures, or too many. What is wrong with one picture is said beside it.
    pub async fn estimate_chain(&self, steps: Vec<Step>, images: Vec<PictureId>) -> Result<ChainEstimate, Error> {
        chains::estimate(self.shared(), steps, images).await
    }

    /// Queues steps that follow one another, for each of some pictures, under the UUID of the click. A UUID that is known
    /// already changes nothing and gives its jobs. Pictures that [`Studio::estimate_chain`] refuses are left out; the
    /// others are worked on in their order, one after the other.
    ///
    /// # Errors
    ///
    /// As [`Studio::estimate_chain`]; where all pictures are refused what is wrong with the first; storage errors.
    /// Nothing is queued then.
    pub async fn enqueue_chain(&self, id: Uuid, steps: Vec<Step>, images: Vec<PictureId>) -> Result<Vec<Job>, Error> {
        chains::enqueue(self.shared(), id, steps, images).await
    }

    /// Queues a question under the UUID of the click. A UUID that is known already changes nothing and gives its job.
    ///
    /// # Errors
    ///
    /// `refused` where it could not be sent, `notFound` where its picture is not there, and storage errors.
    pub async fn enqueue_question(&self, id: Uuid, question: Question) -> Result<Job, Error> {
        answers::enqueue(self.shared(), id, question).await
    }

    /// What a server answered to a question.
    ///
    /// # Errors
    ///
    /// `notFound` where there is no answer (yet), and storage errors.
    pub async fn job_answer(&self, id: Uuid) -> Result<Answer, Error> {
        answers::answer(self.shared(), id).await
    }

    /// The chains that are kept, in the order in which they were first saved.
    pub async fn tool_chains(&self) -> Vec<SavedChain> {
        let shared = self.shared().clone();
        off_thread(move || lock(&shared.chains).all()).await
    }

    /// Keeps a chain, in the place of the one that has its name if there is one. Gives all that are kept.
    ///
    /// # Errors
    ///
    /// `refused` where it has no name or could not be run, and where there are too many; storage errors.
    pub async fn save_tool_chain(&self, chain: SavedChain) -> Result<Vec<SavedChain>, Error> {
        let shared = self.shared().clone();
        off_thread(move || lock(&shared.chains).save(chain, &shared.registry)).await
    }

    /// No longer keeps a chain. Gives all that are kept.
    ///
    /// # Errors
    ///
    /// Storage errors; then it is still there.
    pub async fn delete_tool_chain(&self, name: String) -> Result<Vec<SavedChain>, Error> {
        let shared = self.shared().clone();
        off_thread(move || lock(&shared.chains).delete(&name)).await
    }
}
