using System.Buffers;
using System.Net.Http.Headers;

namespace Pyrsia.Node.Upstream;

/// <summary>
/// HTTP to upstreams: no proxy, no cookies, no credentials, redirects only by hand so that each address is checked, and connections only to addresses
/// that the rules allow.
/// </summary>
internal sealed class UpstreamHttp(UpstreamOptions options) : IDisposable
{
    private readonly PublicAddressGuard _guard = new(options.AllowPrivateNetworks);
    private readonly HttpClient _http = Create(options);

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <summary>Refuses an address by its form, before anything is sent.</summary>
    /// <exception cref="UpstreamException">It is forbidden.</exception>
    internal void Check(Uri address) => _guard.Check(address);

    /// <summary>Where an answer sends the client; null when it is no redirect.</summary>
    internal static Uri? Redirect(HttpResponseMessage response) =>
        (int)response.StatusCode is 301 or 302 or 303 or 307 or 308 && response.Headers.Location is { } location ? new Uri(response.RequestMessage!.RequestUri!, location) : null;

    /// <summary>Sends one request and waits for the headers of its answer, whatever its status.</summary>
    /// <exception cref="UpstreamException">It did not answer in time, cannot be reached, or its address is forbidden.</exception>
    internal async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.HeaderTimeout);
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new UpstreamException(UpstreamFailure.Unavailable, $"{request.RequestUri!.Authority} did not answer within {options.HeaderTimeout.TotalSeconds:0} s.");
        }
        catch (HttpRequestException e) when (e.InnerException is UpstreamException refused)
        {
            throw new UpstreamException(refused.Failure, refused.Message, e);
        }
        catch (HttpRequestException e)
        {
            throw new UpstreamException(UpstreamFailure.Unavailable, $"{request.RequestUri!.Authority} cannot be reached: {e.Message}", e);
        }
    }

    /// <summary>Reads a small body whole.</summary>
    /// <exception cref="UpstreamException">It is larger than the limit, or broke off.</exception>
    internal static async Task<byte[]> ReadBoundedAsync(HttpResponseMessage response, int limit, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentLength > limit) throw new UpstreamException(UpstreamFailure.LimitExceeded, $"The answer is larger than {limit} bytes.");
        var buffer = ArrayPool<byte>.Shared.Rent(limit + 1);
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            var read = await body.ReadAtLeastAsync(buffer.AsMemory(0, limit + 1), limit + 1, throwOnEndOfStream: false, cancellationToken);
            if (read > limit) throw new UpstreamException(UpstreamFailure.LimitExceeded, $"The answer is larger than {limit} bytes.");
            return buffer.AsSpan(0, read).ToArray();
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw new UpstreamException(UpstreamFailure.Unavailable, $"The answer broke off: {e.Message}", e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static HttpClient Create(UpstreamOptions options)
    {
        var http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ConnectCallback = new PublicAddressGuard(options.AllowPrivateNetworks).ConnectAsync,
            ConnectTimeout = options.HeaderTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        })
        { Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("pyrsia", typeof(UpstreamHttp).Assembly.GetName().Version!.ToString(3)));
        return http;
    }
}
