import Foundation

/// What somebody looks at more closely, or hands to other apps. What it is made of only who made it and the screen know.
struct Made: Equatable, Identifiable, Sendable {
    let id = UUID()
    let content: any Sendable

    init(_ content: any Sendable) {
        self.content = content
    }

    static func == (one: Made, other: Made) -> Bool { one.id == other.id }
}

/// What becomes of a wish to look closer at something or to hand it over: one value; whatever happens makes another one
/// of it.
enum Handover: Equatable {
    case none
    case atWork
    /// There is nothing of the kind.
    case nothingThere
    case failed
    /// It is shown, until somebody closes it.
    case made(Made)

    enum Event {
        case asked
        /// Nil: there is nothing.
        case done(Made?)
        case broken
        /// What was shown, or said, was closed.
        case closed
    }

    var isAtWork: Bool {
        if case .atWork = self { true } else { false }
    }

    var isNothingThere: Bool {
        if case .nothingThere = self { true } else { false }
    }

    var hasFailed: Bool {
        if case .failed = self { true } else { false }
    }

    /// Nobody wants anything. Unlike isAtWork it always changes before a screen looks: what is there already is made
    /// without a pause after it was asked for.
    var isNone: Bool {
        if case .none = self { true } else { false }
    }

    var made: Made? {
        if case .made(let made) = self { made } else { nil }
    }

    func after(_ event: Event) -> Handover {
        switch (self, event) {
        case (.atWork, .asked): self
        case (_, .asked): .atWork
        case (.atWork, .done(let made)): made.map(Handover.made) ?? .nothingThere
        case (.atWork, .broken): .failed
        // Whoever asked is gone, or asks anew.
        case (_, .done), (_, .broken): self
        // Work that goes on is not closed: what is closed then is what was shown before it.
        case (.atWork, .closed): self
        case (_, .closed): .none
        }
    }
}
