using System.Net;
using Pyrsia.Contracts.NodeApi;
using Pyrsia.Node.Control;

namespace Pyrsia.Node.Hosting;

/// <summary>
/// Keeps web pages of strangers away from the localhost API: any page that a person opens can send requests to it. A
/// foreign <c>Host</c> (a name made to point at this machine) is refused on every route; what changes state must be JSON,
/// which a page cannot send across origins without asking first, and must not name a foreign <c>Origin</c>. Pages of the
/// origins that the operator named may open a peer's WebSocket, and nothing else.
/// </summary>
internal sealed class RequestGuard(RequestDelegate next, NodeOptions options)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (!IsLocal(context.Request.Host.Host)) await RefuseAsync(context, "host-not-allowed", $"The Host '{context.Request.Host}' is not this machine.", "Use localhost or 127.0.0.1 in the address.");
        else if (IsForeignOrigin(context.Request) && !IsNamedPage(context)) await RefuseAsync(context, "origin-not-allowed", "Requests from web pages of other origins are refused.", "Send the request from a program, or from a page of this node.");
        else if (ChangesState(context.Request) && !context.Request.HasJsonContentType()) await RefuseAsync(context, "json-required", "This route takes JSON only.", "Set Content-Type: application/json.", StatusCodes.Status415UnsupportedMediaType);
        else await next(context);
    }

    private static bool IsLocal(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private static bool IsForeignOrigin(HttpRequest request)
    {
        if (request.Headers.Origin.Count == 0) return false;
        return !Uri.TryCreate(request.Headers.Origin[0], UriKind.Absolute, out var origin) || origin.Authority != request.Host.Value;
    }

    private bool IsNamedPage(HttpContext context) => PeerSocket.IsPeer(context) && options.WebOrigins.Contains(context.Request.Headers.Origin.ToString());

    /// <summary>The Maven repository takes no such request whatever its form, and says so itself.</summary>
    private static bool ChangesState(HttpRequest request) =>
        !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method) && !HttpMethods.IsOptions(request.Method) && !request.Path.StartsWithSegments(ApiRoutes.Maven, StringComparison.Ordinal);

    private static Task RefuseAsync(HttpContext context, string code, string error, string advice, int status = StatusCodes.Status403Forbidden)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new ApiError(error, code, advice), NodeApiJsonContext.Default.ApiError);
    }
}
