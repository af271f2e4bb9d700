import SwiftUI

/// The golden vectors on this device, stage by stage, and a benchmark. The camera rests meanwhile.
struct SelfCheckScreen: View {
    let app: AppModel

    @State private var model = SelfCheckModel()
    @State private var attempt = 0

    var body: some View {
        List {
            if let checked = model.checked { VerdictCard(checked: checked, fastest: model.fastest) }
            LinesSection(titleKey: "about", lines: model.about)
            StagesSection(stages: model.stages)
            LinesSection(titleKey: "benchmark", lines: benchmark)
            if let failure = model.failure { Text(verbatim: failure) }
            if model.isRunning { ProgressView("self_check_running") }
        }
        .navigationTitle("self_check")
        .toolbar { ToolbarItemGroup(placement: .primaryAction) { buttons } }
        .task(id: attempt) { await app.run(model) }
        .onDisappear { app.selfCheckClosed() }
    }

    private var benchmark: [String] {
        model.timings.isEmpty ? [] : [SelfCheckText.benchmarkTitle] + model.timings.map(SelfCheckText.line)
    }

    @ViewBuilder private var buttons: some View {
        Button("run_again", systemImage: "arrow.clockwise") { attempt += 1 }
            .disabled(model.isRunning)
        ShareLink(item: model.report) { Label("share_report", systemImage: "square.and.arrow.up") }
            .disabled(model.isRunning)
    }
}
