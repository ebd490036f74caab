using Pyrsia.Contracts;

namespace Pyrsia.Node.Upstream;

/// <summary>Which upstream answers for which registry name.</summary>
public sealed class UpstreamRegistries : IUpstreamRegistry, IDisposable
{
    private const string DockerHub = "https://registry-1.docker.io";

    private readonly UpstreamOptions _options;
    private readonly Dictionary<string, IUpstreamRegistry> _registries = [];
    private readonly Lock _gate = new();

    /// <summary>Reads mappings of the form <c>docker.io=https://mirror.example</c> or <c>docker.io=oci:DIR</c>.</summary>
    /// <exception cref="FormatException">A mapping is not of that form.</exception>
    /// <exception cref="UpstreamException">An address is forbidden by the rules for upstreams.</exception>
    public UpstreamRegistries(IEnumerable<string> mappings, UpstreamOptions options)
    {
        _options = options;
        foreach (var mapping in mappings)
        {
            var equals = mapping.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || equals == mapping.Length - 1) throw new FormatException($"'{mapping}' is no upstream: write docker.io=https://host, or docker.io=oci:DIR.");
            var (registry, target) = (mapping[..equals], mapping[(equals + 1)..]);
            if (registry == MavenUpstream.Name) continue;
            if (target.StartsWith("oci:", StringComparison.Ordinal)) _registries[registry] = new OciLayoutRegistry(target["oci:".Length..]);
            else if (Uri.TryCreate(target, UriKind.Absolute, out var address) && address.Scheme is "http" or "https") _registries[registry] = new HttpRegistryClient(address, options);
            else throw new FormatException($"'{target}' is no upstream: write https://host, or oci:DIR.");
        }
    }

    /// <inheritdoc/>
    public Task<UpstreamManifest> GetManifestAsync(ImageReference reference, CancellationToken cancellationToken) =>
        For(reference.Registry).GetManifestAsync(reference, cancellationToken);

    /// <inheritdoc/>
    public Task<Stream> OpenBlobAsync(ImageReference reference, Descriptor blob, CancellationToken cancellationToken) =>
        For(reference.Registry).OpenBlobAsync(reference, blob, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registry in _registries.Values.OfType<IDisposable>()) registry.Dispose();
    }

    private IUpstreamRegistry For(string registry)
    {
        lock (_gate)
        {
            if (_registries.TryGetValue(registry, out var known)) return known;
            var address = new Uri(registry == ImageReference.DefaultRegistry ? DockerHub : $"https://{registry}");
            return _registries[registry] = new HttpRegistryClient(address, _options);
        }
    }
}
