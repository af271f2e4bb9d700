import Observation

/// The app's models, of which one is shown.
@MainActor
@Observable
final class Models {
    let all: [Model]
    private(set) var state: ModelSwitch

    /// `all`: one or more; the first is shown at first.
    init(all: [Model]) {
        guard let first = all.first else { preconditionFailure("the app came without a model") }
        self.all = all
        state = ModelSwitch(shown: first)
    }

    /// Whose result this is: its classes have that model's names.
    func model(of result: PictureResult) -> Model {
        all.first { $0.id == result.model } ?? state.shown
    }

    /// Whether anything is different now.
    @discardableResult
    func happened(_ event: ModelSwitch.Event) -> Bool {
        let before = state
        state = state.after(event)
        return state != before
    }
}
