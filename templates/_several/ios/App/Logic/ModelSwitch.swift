/// Which of the app's models is shown, and what became of the wish for another one. One is in memory at a time.
struct ModelSwitch: Equatable, Sendable {
    enum Event: Equatable, Sendable {
        case asked(Model)
        case opened
        /// It cannot be used, for this reason in words: the one before was opened again.
        case refused(String)
        /// Nor can the one before.
        case broken
        /// The user knows that it was refused.
        case noticed
    }

    struct Refusal: Equatable, Sendable {
        let name: String
        let reason: String
    }

    /// Whose names are shown.
    private(set) var shown: Model
    /// It takes the place of the one that is shown as soon as it can be used.
    private(set) var opening: Model?
    private(set) var refusal: Refusal?

    init(shown: Model) {
        self.shown = shown
    }

    /// What the user has chosen, there or not yet.
    var chosen: Model { opening ?? shown }

    /// Whether a result of this model may be shown: under the names of another one it would say something else, and of the
    /// one that is about to go nothing is shown any more.
    func takes(resultOf model: Model.ID) -> Bool {
        opening == nil && model == shown.id
    }

    /// While one is being opened, no other one can be asked for.
    func after(_ event: Event) -> ModelSwitch {
        var next = self
        switch event {
        case .asked(let model):
            guard opening == nil, model != shown else { return self }
            (next.opening, next.refusal) = (model, nil)
        case .opened:
            guard let opening else { return self }
            (next.shown, next.opening) = (opening, nil)
        case .refused(let reason):
            guard let opening else { return self }
            (next.opening, next.refusal) = (nil, Refusal(name: opening.name, reason: reason))
        case .broken:
            next.opening = nil
        case .noticed:
            next.refusal = nil
        }
        return next
    }
}
