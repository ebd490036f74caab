using Pyrsia.Contracts.NodeApi;
using Pyrsia.Node.Control;

namespace Pyrsia.Node.Telemetry;

/// <summary><c>/metrics</c>.</summary>
internal static class MetricsEndpoint
{
    internal static void Map(WebApplication app)
    {
        var telemetry = app.Services.GetRequiredService<TelemetryService>();
        app.MapGet(ApiRoutes.Metrics, context => TextAnswers.WriteAsync(context, telemetry.Page(), PrometheusText.MediaType));
    }
}
