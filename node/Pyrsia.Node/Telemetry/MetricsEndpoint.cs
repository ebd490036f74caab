using Pyrsia.Contracts.NodeApi;

namespace Pyrsia.Node.Telemetry;

/// <summary><c>/metrics</c>.</summary>
internal static class MetricsEndpoint
{
    internal static void Map(WebApplication app)
    {
        var telemetry = app.Services.GetRequiredService<TelemetryService>();
        app.MapGet(ApiRoutes.Metrics, () => Results.Text(telemetry.Page(), PrometheusText.MediaType));
    }
}
