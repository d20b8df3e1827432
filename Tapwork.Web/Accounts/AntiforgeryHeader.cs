using Microsoft.AspNetCore.Antiforgery;

namespace Tapwork.Web.Accounts;

/// <summary>For requests that are no form: the token of the page comes in the header, so that no other site can make a browser send them.</summary>
public sealed class AntiforgeryHeader(IAntiforgery antiforgery) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        await antiforgery.IsRequestValidAsync(context.HttpContext) ? await next(context) : Results.Problem(statusCode: 400, title: "antiforgery.missing");
}
