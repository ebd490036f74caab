using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Pyrsia.EndToEnd.Tests.Harness;

/// <summary>Takes what a program sends by OTLP over HTTP, as a collector of OpenTelemetry does, and keeps it.</summary>
public sealed class OtlpCollector : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly WebApplication _app;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, StringBuilder> _received = new(StringComparer.Ordinal);
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private OtlpCollector(WebApplication app) => _app = app;

    /// <summary>The variables that have a program send everything here, and soon.</summary>
    public string[] Variables => [$"OTEL_EXPORTER_OTLP_ENDPOINT={_app.Urls.First()}", "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", "OTEL_BSP_SCHEDULE_DELAY=200", "OTEL_METRIC_EXPORT_INTERVAL=500"];

    /// <summary>Begins to listen.</summary>
    public static async Task<OtlpCollector> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var collector = new OtlpCollector(builder.Build());
        collector._app.MapPost("/v1/{signal}", async (string signal, HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            collector.Take(signal, body.ToArray());
            return Results.Bytes([], "application/x-protobuf");
        });
        await collector._app.StartAsync(cancellationToken);
        return collector;
    }

    /// <summary>Waits until all of these texts have come.</summary>
    /// <param name="signal">traces or metrics.</param>
    /// <param name="texts">Names and values; they stand in the messages as they are.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task ReceivesAsync(string signal, string[] texts, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        while (true)
        {
            Task more;
            string[] missing;
            lock (_gate)
            {
                var all = _received.GetValueOrDefault(signal)?.ToString() ?? "";
                missing = [.. texts.Where(text => !all.Contains(text, StringComparison.Ordinal))];
                more = _more.Task;
            }
            if (missing.Length == 0) return;
            await more.WaitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (limit.IsCancellationRequested) throw new TimeoutException($"The {signal} lack {string.Join(", ", missing)}.");
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private void Take(string signal, byte[] message)
    {
        lock (_gate)
        {
            if (!_received.TryGetValue(signal, out var received)) _received[signal] = received = new StringBuilder();
            received.Append(Encoding.Latin1.GetString(message));
            _more.SetResult();
            _more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
