import Foundation

/// Something a person must know, and what can be done about it.
struct Notice: Equatable {
    enum Remedy: Equatable {
        case openSettings
        case tryAgain
        case loadAgain
        case closePhoto
    }

    let text: String
    var remedy: Remedy?
}

extension AppModel {
    /// What matters most is said: without the model there is nothing to see.
    var notice: Notice? {
        if case .failed(let text) = modelState { return Notice(text: text, remedy: .loadAgain) }
        switch photos.state {
        case .unreadable:
            return Notice(text: String(localized: "photo_unreadable"), remedy: .closePhoto)
        case .opening:
            return Notice(text: String(localized: "photo_opening"))
        case .none:
            if let notice = camera.situation.notice { return Notice(notice) }
        case .open:
            break
        }
        return modelState == .loading ? Notice(text: String(localized: "model_loading")) : nil
    }
}

extension Notice {
    fileprivate init(_ notice: CameraNotice) {
        text = String(localized: String.LocalizationValue(notice.textKey))
        remedy =
            switch notice.remedy {
            case .openSettings: .openSettings
            case .tryAgain: .tryAgain
            case nil: nil
            }
    }
}
