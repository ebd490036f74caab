using OpenTelemetry;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Pyrsia.Node.Telemetry;

/// <summary>Sends traces by OTLP where the standard variable <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> names a collector. It is there before the libp2p host, which dials at once.</summary>
internal sealed class TraceSender(NodeIdentityName identity, IConfiguration configuration) : IDisposable
{
    private const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>Own sources, and those that the platform and its libraries bring.</summary>
    private static readonly string[] Sources = ["Pyrsia.*", "Microsoft.AspNetCore", "System.Net.Http", "Npgsql"];

    private readonly TracerProvider? _traces = HasCollector(configuration) ? Sdk.CreateTracerProviderBuilder().SetResourceBuilder(Resource(identity)).AddSource(Sources).AddOtlpExporter().Build() : null;

    public void Dispose() => _traces?.Dispose();

    internal static bool HasCollector(IConfiguration configuration) => configuration[EndpointVariable] is { Length: > 0 };

    /// <summary>Who sends: the program, its version and its peer id.</summary>
    internal static ResourceBuilder Resource(NodeIdentityName identity) => ResourceBuilder.CreateDefault().AddService(identity.Program, serviceVersion: identity.Version, serviceInstanceId: identity.PeerId);
}
