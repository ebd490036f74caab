using System.Net;
using System.Net.Http.Headers;

namespace Pyrsia.Node.Upstream;

/// <summary>
/// A Maven repository over HTTP. An upstream that is busy or failing is asked again after a pause, here, a few times: repositories limit how much one
/// address may ask, and the client of a node must not be made to wait for that.
/// </summary>
internal sealed class HttpMavenClient : IMavenUpstream, IDisposable
{
    private readonly Uri _base;
    private readonly UpstreamOptions _options;
    private readonly TimeProvider _time;
    private readonly UpstreamHttp _http;

    /// <exception cref="UpstreamException">The address is forbidden by the rules for upstreams.</exception>
    internal HttpMavenClient(Uri address, UpstreamOptions options, TimeProvider time)
    {
        (_base, _options, _time) = (new Uri(address.GetLeftPart(UriPartial.Path).TrimEnd('/') + "/"), options, time);
        _http = new UpstreamHttp(options);
        _http.Check(_base);
    }

    /// <inheritdoc/>
    public string Host => _base.Authority;

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <inheritdoc/>
    public async Task<byte[]?> FindAsync(string path, int maxBytes, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(path, 0, cancellationToken);
        return response is null ? null : await UpstreamHttp.ReadBoundedAsync(response, maxBytes, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<Stream?> OpenAsync(string path, CancellationToken cancellationToken)
    {
        var response = await SendAsync(path, 0, cancellationToken);
        if (response is null) return null;
        var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        if (response.Content.Headers.ContentLength is not { } length) return body;
        return new ResumingStream(body, length, async (offset, token) =>
        {
            var rest = await SendAsync(path, offset, token);
            if (rest is { StatusCode: HttpStatusCode.PartialContent } && rest.Content.Headers.ContentRange?.From == offset) return await rest.Content.ReadAsStreamAsync(token);
            rest?.Dispose();
            throw new UpstreamException(UpstreamFailure.Unavailable, $"{Host} cannot resume {path} at {offset}.");
        }, _options.StallTimeout);
    }

    private async Task<HttpResponseMessage?> SendAsync(string path, long offset, CancellationToken cancellationToken)
    {
        var pause = _options.FirstPause;
        for (var tries = 1; ; tries++)
        {
            var response = await FollowAsync(new Uri(_base, path), offset, cancellationToken);
            if (response.IsSuccessStatusCode) return response;
            using (response)
            {
                if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone) return null;
                if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden) throw new UpstreamException(UpstreamFailure.Denied, $"{Host} does not give {path} to an anonymous client.");
                var mayPass = response.StatusCode == HttpStatusCode.TooManyRequests || (int)response.StatusCode >= 500;
                if (!mayPass || tries == UpstreamOptions.MaxTries) throw new UpstreamException(UpstreamFailure.Unavailable, $"{Host} answered {path} with HTTP {(int)response.StatusCode}.");
                pause = Longer(pause, response.Headers.RetryAfter);
            }
            await Task.Delay(pause, _time, cancellationToken);
            pause *= 2;
        }
    }

    private TimeSpan Longer(TimeSpan pause, RetryConditionHeaderValue? asked)
    {
        var wanted = asked?.Delta ?? (asked?.Date is { } date ? date - _time.GetUtcNow() : TimeSpan.Zero);
        return new[] { wanted, pause }.Max() is var longer && longer < UpstreamOptions.MaxPause ? longer : UpstreamOptions.MaxPause;
    }

    private async Task<HttpResponseMessage> FollowAsync(Uri address, long offset, CancellationToken cancellationToken)
    {
        for (var redirects = 0; redirects <= UpstreamOptions.MaxRedirects; redirects++)
        {
            _http.Check(address);
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            if (offset > 0) request.Headers.Range = new RangeHeaderValue(offset, null);
            var response = await _http.SendAsync(request, cancellationToken);
            if (UpstreamHttp.Redirect(response) is not { } location) return response;
            response.Dispose();
            address = location;
        }
        throw new UpstreamException(UpstreamFailure.Forbidden, $"{Host} redirects more than {UpstreamOptions.MaxRedirects} times.");
    }
}
