/// What is shown: the camera, a frame of it that is held, a photo, or a word.
extension AppModel {
    /// What matters most is said: without the model there is nothing to see.
    var notice: Notice? {
        if case .failed(let words) = modelState { return .modelFailed(words) }
        switch photos.state {
        case .unreadable: return .photoUnreadable
        case .opening: return .photoOpening
        case .none: if let notice = camera.situation.notice { return notice }
        case .open: break
        }
        return modelState == .loading ? .modelLoading : nil
    }

    /// Clockwise, from the picture as the detector sees it, level by gravity, to what is shown: the preview turns with the
    /// screen.
    var quarterTurns: Int {
        if let photo = photos.photo { return photo.quarterTurns }
        return photos.isNone ? QuarterTurns.count(from: results.rotationAngle, to: camera.angles.preview) : 0
    }

    var isMirrored: Bool {
        photos.photo?.isMirrored ?? (photos.isNone && camera.camera?.isMirrored == true)
    }

    /// The camera's next frame stays, to be looked at for as long as somebody likes.
    func hold() async {
        guard photos.isNone, let frame = await pipeline.hold(quarterTurns: quarterTurns, isMirrored: isMirrored) else {
            return
        }
        if photos.isNone { photos.show(frame) }
    }

    /// A picture that came with the app: the next one each time.
    func showSample() {
        let number = photos.nextSample()
        photos.open { [pipeline] in try? await pipeline.sample(number) }
    }
}
