import PhotosUI
import SwiftUI
import UIKit

/// The camera or a photo, the result over it, and the buttons.
struct MainScreen: View {
    @Bindable var model: AppModel
    let preview: PreviewLayerView

    @Environment(\.scenePhase) private var scenePhase
    @State private var isSheetOpen = false
    /// Until it is gone: a screen presents one thing at a time.
    @State private var isSheetShown = false
    @State private var picksAfterSheet = false
    @State private var isAlertShown = false
    @State private var isPicking = false
    @State private var picked: PhotosPickerItem?

    var body: some View {
        ZStack {
            picture
            VStack(spacing: 12) {
                StatusLine(model: model)
                Spacer()
                if model.isOpeningPhoto {
                    ProgressView("photo_opening")
                        .padding()
                        .background(.regularMaterial, in: .rect(cornerRadius: 12))
                }
                if let problem = model.problem { ProblemCard(problem: problem, onRetry: model.tryAgain) }
                buttons
            }
            .padding()
        }
        .background(.black)
        .onAppear { model.start() }
        .onChange(of: scenePhase, initial: true) { model.setInForeground(scenePhase != .background) }
        // No one touches a phone while they look through its camera.
        .onChange(of: model.isLive) { UIApplication.shared.isIdleTimerDisabled = model.isLive }
        .onChange(of: picked) { open() }
        .onChange(of: model.problem) {
            if let problem = model.problem { announce(String(localized: String.LocalizationValue(problem.key))) }
        }
        .onChange(of: model.isOpeningPhoto) { if model.isOpeningPhoto { announce(String(localized: "photo_opening")) } }
        .onChange(of: isSheetOpen) { if isSheetOpen { isSheetShown = true } }
        .onChange(of: model.isPhotoUnreadable) {
            if model.isPhotoUnreadable { (isSheetOpen, isAlertShown) = (false, !isSheetShown) }
        }
        .onChange(of: isAlertShown) { if !isAlertShown { model.isPhotoUnreadable = false } }
        .sheet(isPresented: $isSheetOpen, onDismiss: sheetIsGone) { SettingsSheet(model: model) }
        // The stored picture, not a converted one.
        .photosPicker(
            isPresented: $isPicking, selection: $picked, matching: .images, preferredItemEncoding: .current)
        .alert("photo_unreadable", isPresented: $isAlertShown) {}
    }

    private var picture: some View {
        GeometryReader { area in
            ZStack {
                CameraPreview(view: preview, camera: model.camera, onTurn: model.turn)
                    .accessibilityHidden(true)
                if let photo = model.photo as? Photo { PhotoView(photo: photo) }
                ResultView(model: model, safeArea: area.safeAreaInsets)
            }
            .ignoresSafeArea()
        }
    }

    private var buttons: some View {
        HStack {
            if model.photo == nil, !model.isOpeningPhoto {
                Button(action: pickPhoto) { Icon(key: "open_photo", name: "photo") }
                Spacer()
                Button(action: model.switchCamera) {
                    Icon(key: "switch_camera", name: "arrow.triangle.2.circlepath.camera")
                }
            } else {
                Button(action: model.closePhoto) { Icon(key: "back_to_camera", name: "camera") }
            }
            Spacer()
            Button(action: { isSheetOpen = true }) { Icon(key: "settings", name: "slider.horizontal.3") }
        }
    }

    /// The sheet leaves its buttons in reach.
    private func pickPhoto() {
        (picksAfterSheet, isPicking) = (isSheetShown, !isSheetShown)
        isSheetOpen = false
    }

    private func sheetIsGone() {
        isSheetShown = false
        isAlertShown = model.isPhotoUnreadable
        if picksAfterSheet { isPicking = true }
        picksAfterSheet = false
    }

    private func open() {
        guard let item = picked else { return }
        picked = nil  // the same photo may be picked again
        model.open { await PhotoLoader.load(item) }
    }
}

/// The result over its picture. SwiftUI updates only this view and StatusLine with each frame, not the whole screen.
private struct ResultView: View {
    let model: AppModel
    let safeArea: EdgeInsets

    var body: some View {
        ZStack {
            if let result = model.result {
                Overlay(
                    result: result, mode: model.photo == nil ? .fill : .fit, quarterTurns: model.quarterTurns,
                    isMirrored: model.photo == nil && model.isFrontCamera, safeArea: safeArea)
            }
        }
        .onChange(of: model.result?.summary) { readOut() }
    }

    /// VoiceOver reads the result of a photo at once. For the camera, its cursor must be on the picture.
    private func readOut() {
        guard model.photo != nil, let summary = model.result?.summary else { return }
        announce(summary.isEmpty ? String(localized: "nothing_found") : summary)
    }
}

/// VoiceOver reads the text at once.
@MainActor
private func announce(_ text: String) {
    UIAccessibility.post(notification: .announcement, argument: text)
}

/// The text of the result processor, the frame rate, and the model's time.
private struct StatusLine: View {
    let model: AppModel

    var body: some View {
        VStack(spacing: 4) {
            if let text = model.result?.text { Text(verbatim: text).font(.title2.bold()) }
            if let numbers { Text(verbatim: numbers).font(.footnote.monospacedDigit()) }
        }
        .padding(8)
        .foregroundStyle(.white)
        .background(Color.black.opacity(0.5), in: .rect(cornerRadius: 12))
        .opacity(model.result == nil ? 0 : 1)
        .accessibilityElement(children: .combine)
    }

    private var numbers: String? {
        guard let result = model.result else { return nil }
        let milliseconds = decimal(result.inferenceMilliseconds)
        guard let rate = model.framesPerSecond else {
            return String(format: String(localized: "inference"), milliseconds)
        }
        return String(format: String(localized: "frames_and_inference"), decimal(rate), milliseconds)
    }
}

private struct PhotoView: View {
    let photo: Photo

    var body: some View {
        ZStack {
            Color.black
            Image(decorative: photo.preview, scale: 1).resizable().scaledToFit()
        }
        .accessibilityHidden(true)  // the overlay describes it
    }
}

/// An error, and what the user can do.
private struct ProblemCard: View {
    let problem: Problem
    let onRetry: @MainActor () -> Void

    @Environment(\.openURL) private var openURL

    var body: some View {
        VStack(alignment: .leading, spacing: 8) {
            Text(LocalizedStringKey(problem.key)).font(.headline)
            if problem == .cameraDenied, let settings = URL(string: UIApplication.openSettingsURLString) {
                Button("open_settings") { openURL(settings) }
            } else if problem.canRetry {
                Button("try_again", action: onRetry)
            }
        }
        .buttonStyle(.borderedProminent)
        .padding()
        .frame(maxWidth: 480, alignment: .leading)
        .background(.regularMaterial, in: .rect(cornerRadius: 12))
    }
}

/// The round face of a button: at least 44 points wide and high.
private struct Icon: View {
    let key: LocalizedStringKey
    let name: String

    var body: some View {
        Image(systemName: name)
            .font(.title2)
            .dynamicTypeSize(...DynamicTypeSize.accessibility1)  // it must fit into the circle
            .foregroundStyle(.white)
            .frame(width: 56, height: 56)
            .background(Color.black.opacity(0.5), in: .circle)
            .contentShape(.circle)
            .accessibilityLabel(key)
    }
}
