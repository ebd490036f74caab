using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Pyrsia.Contracts;

namespace Pyrsia.Node.Upstream;

/// <summary>
/// The pull side of the OCI distribution specification, as a client. Asks anonymously, takes a Bearer token where the
/// registry wants one, follows redirects by its own rules and never sends a token to another host than it was made for.
/// </summary>
/// <seealso href="https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#pull"/>
public sealed class HttpRegistryClient : IUpstreamRegistry, IDisposable
{
    private static readonly string[] TokenProperties = ["token", "access_token"];

    private readonly Uri _base;
    private readonly UpstreamOptions _options;
    private readonly UpstreamHttp _http;
    private readonly Dictionary<string, string> _tokens = [];

    /// <summary>Makes a client of the registry at <paramref name="address"/>, such as <c>https://registry-1.docker.io</c>.</summary>
    /// <exception cref="UpstreamException">The address is forbidden by the rules for upstreams.</exception>
    public HttpRegistryClient(Uri address, UpstreamOptions options)
    {
        _base = new Uri(address.GetLeftPart(UriPartial.Path).TrimEnd('/') + "/");
        _options = options;
        _http = new UpstreamHttp(options);
        _http.Check(_base);
    }

    /// <inheritdoc/>
    public async Task<UpstreamManifest> GetManifestAsync(ImageReference reference, CancellationToken cancellationToken)
    {
        var name = reference.Digest?.ToString() ?? reference.Tag!;
        using var response = await SendAsync(reference, $"manifests/{name}", 0, manifest: true, cancellationToken);
        var content = await UpstreamHttp.ReadBoundedAsync(response, UpstreamOptions.MaxManifestBytes, cancellationToken);
        var digest = Digest.Of(content);
        if (reference.Digest is { } wanted && wanted != digest)
            throw new UpstreamException(UpstreamFailure.Corrupt, $"{_base.Host} answered {reference} with bytes of digest {digest}.");
        var mediaType = response.Content.Headers.ContentType?.MediaType ?? MediaTypes.OctetStream;
        return new UpstreamManifest(new Descriptor(mediaType, digest, content.Length), content);
    }

    /// <inheritdoc/>
    public async Task<Stream> OpenBlobAsync(ImageReference reference, Descriptor blob, CancellationToken cancellationToken)
    {
        async Task<Stream> OpenAt(long offset, CancellationToken token)
        {
            var response = await SendAsync(reference, $"blobs/{blob.Digest}", offset, manifest: false, token);
            if (offset > 0 && (response.StatusCode != HttpStatusCode.PartialContent || response.Content.Headers.ContentRange?.From != offset))
            {
                response.Dispose();
                throw new UpstreamException(UpstreamFailure.Unavailable, $"{_base.Host} cannot resume {blob.Digest} at {offset}.");
            }
            return await response.Content.ReadAsStreamAsync(token);
        }
        return new ResumingStream(await OpenAt(0, cancellationToken), blob.Size, OpenAt, _options.StallTimeout);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(ImageReference reference, string path, long offset, bool manifest, CancellationToken cancellationToken)
    {
        var scope = $"repository:{reference.Repository}:pull";
        var address = new Uri(_base, $"v2/{reference.Repository}/{path}");
        var askedForToken = false;
        for (var redirects = 0; redirects <= UpstreamOptions.MaxRedirects;)
        {
            _http.Check(address);
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            if (manifest) foreach (var type in MediaTypes.Manifests) request.Headers.Accept.ParseAdd(type);
            if (offset > 0) request.Headers.Range = new RangeHeaderValue(offset, null);
            if (address.Authority == _base.Authority && Token(scope) is { } token) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);

            var response = await _http.SendAsync(request, cancellationToken);
            if (response.IsSuccessStatusCode) return response;
            using (response)
            {
                if (response.StatusCode == HttpStatusCode.Unauthorized && !askedForToken && address.Authority == _base.Authority && BearerChallenge.Read(response.Headers.WwwAuthenticate) is { } challenge)
                {
                    askedForToken = true;
                    await FetchTokenAsync(challenge, scope, cancellationToken);
                }
                else if (UpstreamHttp.Redirect(response) is { } location)
                {
                    address = location;
                    redirects++;
                }
                else throw Refused(response.StatusCode, reference, path);
            }
        }
        throw new UpstreamException(UpstreamFailure.Forbidden, $"{_base.Host} redirects more than {UpstreamOptions.MaxRedirects} times.");
    }

    private async Task FetchTokenAsync(BearerChallenge challenge, string scope, CancellationToken cancellationToken)
    {
        var address = challenge.TokenAddress(scope);
        _http.Check(address);
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        using var response = await _http.SendAsync(request, cancellationToken);
        if (!response.IsSuccessStatusCode) throw new UpstreamException(UpstreamFailure.Denied, $"{address.Authority} gives no anonymous token for {scope} (HTTP {(int)response.StatusCode}).");
        try
        {
            using var json = JsonDocument.Parse(await UpstreamHttp.ReadBoundedAsync(response, UpstreamOptions.MaxTokenBytes, cancellationToken));
            var token = TokenProperties.Select(p => json.RootElement.TryGetProperty(p, out var value) ? value.GetString() : null).FirstOrDefault(t => !string.IsNullOrEmpty(t));
            lock (_tokens) _tokens[scope] = token ?? throw new UpstreamException(UpstreamFailure.Denied, $"{address.Authority} answered without a token.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new UpstreamException(UpstreamFailure.Denied, $"{address.Authority} answered with something that is no token.", e);
        }
    }

    private string? Token(string scope)
    {
        lock (_tokens) return _tokens.GetValueOrDefault(scope);
    }

    private UpstreamException Refused(HttpStatusCode status, ImageReference reference, string path) => status switch
    {
        HttpStatusCode.NotFound => new UpstreamException(UpstreamFailure.NotFound, $"{_base.Authority} has no {reference} ({path})."),
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new UpstreamException(UpstreamFailure.Denied, $"{_base.Authority} does not give {reference} to an anonymous client."),
        _ => new UpstreamException(UpstreamFailure.Unavailable, $"{_base.Authority} answered {path} with HTTP {(int)status}."),
    };
}
