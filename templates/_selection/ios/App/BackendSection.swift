import SwiftUI

/// The program that serves, and the setting.
struct BackendSection: View {
    @Bindable var backend: BackendModel

    var body: some View {
        Section {
            Picker("backend", selection: $backend.choice) {
                Text("backend_automatic").tag(BackendChoice.automatic)
                Text(verbatim: backend.status.title).tag(BackendChoice.further)
                Text(verbatim: "CPU").tag(BackendChoice.cpu)
            }
        } footer: {
            Text(verbatim: words(backend.status.line))
        }
    }
}

/// The programs in the self-check: verdict, worst difference, median and load time.
struct BackendTable: View {
    let rows: [SelectionStatus.Row]

    var body: some View {
        ForEach(rows, id: \.title) { row in
            LabeledContent(
                content: {
                    Text(verbatim: words(row.line)).monospacedDigit()
                },
                label: { Label(title: { Text(verbatim: row.title) }, icon: { mark(row.isPassed) }) })
        }
    }

    @ViewBuilder private func mark(_ isPassed: Bool?) -> some View {
        if let isPassed {
            Image(systemName: isPassed ? "checkmark.circle" : "xmark.octagon")
                .foregroundStyle(isPassed ? Color.green : Color.red)
                .accessibilityLabel(isPassed ? "passed" : "not_passed")
        }
    }
}

private func words(_ line: SelectionStatus.Line) -> String {
    String(format: String(localized: String.LocalizationValue(line.key)), arguments: line.arguments)
}
