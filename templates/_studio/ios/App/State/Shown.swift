/// What is shown: what the camera sees, or what somebody has opened in its place. One value; whatever happens makes
/// another one of it.
enum Shown {
    enum Kind: Equatable, Sendable {
        case photo
        case video
    }

    enum Event {
        case asked(Kind)
        case opened(any OpenedPhoto)
        case started(any OpenedVideo)
        /// A frame of what moves.
        case held(any OpenedPhoto)
        /// What was asked for cannot be read, or a video goes no further.
        case unreadable
        case closed
    }

    case camera
    case opening(Kind)
    case unreadable(Kind)
    case photo(any OpenedPhoto)
    case video(any OpenedVideo)
    /// A frame of a video, which waits meanwhile.
    case held(any OpenedPhoto, of: any OpenedVideo)

    /// It stands still.
    var photo: (any OpenedPhoto)? {
        switch self {
        case .photo(let photo), .held(let photo, _): photo
        case .camera, .opening, .unreadable, .video: nil
        }
    }

    var video: (any OpenedVideo)? {
        switch self {
        case .video(let video), .held(_, let video): video
        case .camera, .opening, .unreadable, .photo: nil
        }
    }

    /// What runs for it; nil: nothing does.
    var source: CameraSituation.Source? {
        switch self {
        case .camera: .camera
        case .video: .video
        case .opening, .unreadable, .photo, .held: nil
        }
    }

    func after(_ event: Event) -> Shown {
        switch (self, event) {
        case (_, .asked(let kind)): .opening(kind)
        case (.opening, .opened(let photo)), (.camera, .held(let photo)): .photo(photo)
        case (.opening, .started(let video)), (.held(_, let video), .closed): .video(video)
        case (.video(let video), .held(let photo)): .held(photo, of: video)
        case (.opening(let kind), .unreadable): .unreadable(kind)
        case (.video, .unreadable): .unreadable(.video)
        case (.held(let photo, _), .unreadable): .photo(photo)
        case (_, .closed): .camera
        case (_, .opened), (_, .started), (_, .held), (_, .unreadable): self
        }
    }
}
