using System.Net;

namespace Pyrsia.Builds.Repositories;

/// <summary>What a node serves, such as at <c>http://127.0.0.1:7888/</c>.</summary>
/// <param name="client">The client; its time-out holds.</param>
/// <param name="address">The address, with its slash.</param>
public sealed class HttpRepository(HttpClient client, Uri address) : IRepository
{
    /// <inheritdoc/>
    public async Task<RepositoryAnswer> GetAsync(string path, Stream into, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await client.GetAsync(new Uri(address, path), HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.NotFound) return RepositoryAnswer.NotFound;
            if (response.StatusCode == HttpStatusCode.Forbidden) return RepositoryAnswer.Refused;
            if (response.StatusCode != HttpStatusCode.OK) return RepositoryAnswer.Unavailable;
            await response.Content.CopyToAsync(into, cancellationToken).ConfigureAwait(false);
            return RepositoryAnswer.Found;
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return RepositoryAnswer.Unavailable;
        }
    }
}
