import Observation

/// Hands what is shown, with what was found in it, to other apps.
@MainActor
@Observable
final class Sharing {
    /// A picture that waits to be handed over.
    var picture: AnnotatedPicture?
    var hasNothing = false
    private(set) var isAtWork = false

    @ObservationIgnored private let model: AppModel
    @ObservationIgnored private let pipeline: LivePipeline

    init(model: AppModel, pipeline: LivePipeline) {
        self.model = model
        self.pipeline = pipeline
    }

    func share() async {
        if isAtWork { return }
        isAtWork = true
        defer { isAtWork = false }
        guard let snapshot = await snapshot() else {
            hasNothing = true
            return
        }
        picture = await AnnotatedPicture.make(of: snapshot, model: model.models.live)
    }

    private func snapshot() async -> Snapshot? {
        guard let photo = model.photos.photo as? Photo else { return await pipeline.snapshot() }
        guard let image = photo.image, let result = model.results.result else { return nil }
        return Snapshot(image: image, orientation: photo.orientation, result: result)
    }
}
