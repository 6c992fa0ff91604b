"""What the contract asks for, row by row, and which tests show it.

A test is named by its module below `tests/` and its name. `test_rows.py` holds the tables against
the clients themselves and against the errors limner knows, so that no row is left without a test.
"""

from collections.abc import Mapping
from typing import TypeAlias

Rows: TypeAlias = Mapping[str, tuple[str, ...]]

INFERY: Rows = {
    "images.generate": (
        "contract/test_infery::test_a_picture_comes_as_a_link_that_opens_without_a_key",
        "contract/test_infery::test_several_pictures_come_as_base64",
        "contract/test_infery::test_background_gives_the_job_id_that_is_waited_for",
    ),
    "images.edit": (
        "contract/test_edits::test_infery_edits_with_a_model_of_openai",
        "contract/test_edits::test_infery_collects_an_edit_that_takes_long",
    ),
    "images.upscale": ("contract/test_edits::test_infery_enlarges_what_a_link_leads_to",),
    "jobs.retrieve": ("contract/test_infery::test_a_failed_job_is_told_with_its_reason",),
    "jobs.wait": (
        "contract/test_infery::test_background_gives_the_job_id_that_is_waited_for",
        "contract/test_cancelled::test_a_client_that_polls_learns_that_the_job_failed",
    ),
    "media.generate": (
        "contract/test_infery::test_media_generate_understands_the_answer",
        "contract/test_edits::test_infery_enlarges_what_a_link_leads_to",
        "contract/test_music::test_media_generate_makes_music",
        "contract/test_elsewhere::test_media_of_another_kind_are_not_found_either",
    ),
    "media.wait": (
        "contract/test_infery::test_media_wait_tells_progress_and_gives_the_picture",
        "contract/test_music::test_media_wait_tells_progress_and_gives_the_song",
    ),
    "files.create": ("contract/test_files::test_infery_files_live_from_create_to_delete",),
    "files.list": ("contract/test_files::test_infery_lists_page_by_page",),
    "files.retrieve": ("contract/test_files::test_infery_files_live_from_create_to_delete",),
    "files.content": ("contract/test_files::test_infery_files_live_from_create_to_delete",),
    "files.delete": ("contract/test_files::test_infery_files_live_from_create_to_delete",),
    "models.list": ("contract/test_infery::test_models_are_listed_and_filtered",),
    "models.estimate": (
        "contract/test_infery::test_an_estimate_is_what_the_call_then_costs",
        "contract/test_infery::test_an_estimate_needs_nothing_and_null_means_no_price",
    ),
    "music.generate": (
        "contract/test_music::test_a_song_is_two_takes_behind_links_for_one_price",
        "contract/test_music::test_who_is_sent_away_collects_the_song",
    ),
    "music.stream": (
        "contract/test_music::test_a_stream_has_progress_and_ends_with_the_song",
        "contract/test_music::test_a_stream_that_fails_says_so_in_its_last_frame",
    ),
    "tools.list": ("contract/test_infery::test_there_are_no_tools",),
}
"""Methods of the Infery client; the others are in `test_elsewhere.py`."""

OPENAI: Rows = {
    "images.generate": (
        "contract/test_openai::test_a_picture_comes_as_base64_as_from_openai",
        "contract/test_openai::test_links_are_given_when_asked_for",
        "contract/test_openai::test_parameters_of_other_models_pass_through_extra_body",
        "contract/test_openai::test_headers_tell_cost_model_and_request",
        "contract/test_streams::test_the_openai_client_sees_previews_and_the_picture",
    ),
    "images.edit": (
        "contract/test_edits::test_openai_edits_one_picture_or_several",
        "contract/test_edits::test_openai_edits_with_a_mask_and_extra_parameters",
        "contract/test_edits::test_openai_follows_an_edit_as_it_is_made",
    ),
    "images.create_variation": ("contract/test_edits::test_openai_is_told_what_it_cannot_have",),
    "files.create": ("contract/test_files::test_openai_files_live_from_create_to_delete",),
    "files.list": ("contract/test_files::test_openai_pages_through_every_file",),
    "files.retrieve": ("contract/test_files::test_openai_files_live_from_create_to_delete",),
    "files.content": ("contract/test_files::test_openai_files_live_from_create_to_delete",),
    "files.delete": ("contract/test_files::test_openai_files_live_from_create_to_delete",),
    "models.list": (
        "contract/test_openai::test_models_are_listed_and_retrieved_by_any_of_their_names",
    ),
    "models.retrieve": (
        "contract/test_openai::test_models_are_listed_and_retrieved_by_any_of_their_names",
        "contract/test_openai::test_an_unknown_model_is_not_found",
    ),
    "models.delete": ("contract/test_openai::test_a_model_cannot_be_deleted",),
}

NPM: Rows = {
    "openai: images.generate": (
        "contract/test_npm_openai::test_a_picture_comes_as_base64_with_its_price",
        "contract/test_npm_openai::test_links_are_given_when_asked_for",
        "contract/test_npm_openai::test_a_stream_shows_previews_and_the_picture",
        "contract/test_npm_openai::test_a_deferral_is_not_sent_again_and_names_its_job",
    ),
    "openai: images.edit": (
        "contract/test_npm_openai::test_pictures_are_edited",
        "contract/test_npm_openai::test_an_edit_is_followed_as_it_is_made",
    ),
    "openai: images.createVariation": (
        "contract/test_npm_openai::test_what_cannot_be_edited_is_refused",
    ),
    "openai: files": ("contract/test_npm_openai::test_files_live_from_create_to_delete",),
    "openai: models": ("contract/test_npm_openai::test_models_are_listed_and_retrieved_and_stay",),
    "openai: errors": (
        "contract/test_npm_openai::test_refusals_are_of_the_right_class_and_are_sent_once",
        "contract/test_npm_openai::test_keys_that_may_not_are_told_so",
    ),
    "openai: resends": (
        "contract/test_npm_openai"
        "::test_what_it_sends_again_by_itself_gets_the_job_of_its_first_try",
    ),
    "ai: generateImage": (
        "contract/test_npm_ai::test_pictures_come_in_their_kind_with_their_price",
        "contract/test_npm_ai::test_pictures_are_edited",
    ),
    "ai: errors": ("contract/test_npm_ai::test_refusals_are_told_and_not_sent_again",),
    "ai: resends": ("contract/test_npm_ai::test_what_it_posts_again_is_drawn_once",),
}

CURL: Rows = {
    "POST /v1/images/generations": (
        "contract/test_curl::test_an_answer_has_created_credits_and_data",
        "contract/test_curl::test_pictures_come_as_base64_and_as_links",
    ),
    "POST /v1/images/edits": (
        "contract/test_curl::test_pictures_are_edited_from_json_and_from_a_form",
        "contract/test_curl::test_an_edit_is_streamed_and_collected_like_a_drawing",
    ),
    "POST /v1/images/upscale": ("contract/test_curl::test_a_picture_is_enlarged_from_its_link",),
    "GET /v1/images/jobs/{job_id}": (
        "contract/test_curl::test_who_is_sent_away_is_told_not_to_send_again_and_collects",
    ),
    "POST /v1/music/generations": (
        "contract/test_curl::test_music_is_made_streamed_and_collected",
    ),
    "GET /v1/music/generations/{job_id}": (
        "contract/test_curl::test_music_is_made_streamed_and_collected",
    ),
    "POST /v1/files": ("contract/test_curl::test_files_take_their_parts_in_any_order",),
    "GET /v1/files": ("contract/test_curl::test_files_take_their_parts_in_any_order",),
    "GET /v1/files/{file_id}": ("contract/test_curl::test_files_take_their_parts_in_any_order",),
    "GET /v1/files/{file_id}/content": (
        "contract/test_curl::test_files_take_their_parts_in_any_order",
    ),
    "DELETE /v1/files/{file_id}": ("contract/test_curl::test_files_take_their_parts_in_any_order",),
    "GET /v1/models": ("contract/test_curl::test_models_are_listed_told_and_estimated",),
    "GET /v1/models/{slug}": ("contract/test_curl::test_models_are_listed_told_and_estimated",),
    "POST /v1/models/{slug}/estimate": (
        "contract/test_curl::test_models_are_listed_told_and_estimated",
    ),
    "GET /v1/tools": ("contract/test_curl::test_there_are_no_tools",),
    "elsewhere": ("contract/test_curl::test_what_is_not_there_is_said_in_the_envelope",),
}
"""Routes that the public clients ask for."""

RULES: Rows = {
    "1 created and credits_used": (
        "contract/test_curl::test_an_answer_has_created_credits_and_data",
        "contract/test_curl::test_pictures_are_edited_from_json_and_from_a_form",
        "contract/test_curl::test_a_picture_is_enlarged_from_its_link",
    ),
    "2 error is an object": (
        "contract/test_curl::test_what_is_not_there_is_said_in_the_envelope",
        "contract/test_curl::test_refusals_have_the_envelope_and_name_no_job",
        "contract/test_refusals::test_nothing_is_there_in_the_same_envelope",
        "contract/test_refusals::test_another_method_is_told_which_are_allowed",
    ),
    "3 job_id only for a job": (
        "contract/test_curl::test_refusals_have_the_envelope_and_name_no_job",
        "contract/test_curl::test_who_is_sent_away_is_told_not_to_send_again_and_collects",
        "contract/test_failures::test_a_providers_failure_is_told_without_its_words_and_is_free",
    ),
    "4 completed or failed": (
        "contract/test_curl::test_who_is_sent_away_is_told_not_to_send_again_and_collects",
        "contract/test_curl::test_a_job_that_failed_says_why_in_a_string",
        "contract/test_infery::test_a_failed_job_is_told_with_its_reason",
    ),
    "5 x-credits-used is a decimal": (
        "contract/test_curl::test_an_answer_has_created_credits_and_data",
    ),
    "6 x-should-retry": (
        "contract/test_curl::test_who_is_sent_away_is_told_not_to_send_again_and_collects",
        "contract/test_openai::test_nothing_that_may_be_billed_is_ever_sent_again",
        "contract/test_openai::test_a_deferral_is_not_sent_again_and_names_its_job",
        "contract/test_npm_openai::test_refusals_are_of_the_right_class_and_are_sent_once",
        "contract/test_npm_openai::test_a_deferral_is_not_sent_again_and_names_its_job",
    ),
    "7 [DONE]": (
        "contract/test_curl::test_a_stream_ends_with_done_whatever_became_of_it",
        "contract/test_streams::test_the_infery_parser_reads_a_stream_to_its_end",
        "contract/test_streams::test_the_infery_parser_reads_a_failure_to_its_end",
    ),
    "8 no frame has an error but the last": (
        "contract/test_curl::test_a_stream_ends_with_done_whatever_became_of_it",
        "contract/test_streams::test_the_openai_client_sees_previews_and_the_picture",
        "contract/test_npm_openai::test_a_stream_shows_previews_and_the_picture",
    ),
    "9 edits as JSON and as a form": (
        "contract/test_curl::test_pictures_are_edited_from_json_and_from_a_form",
        "contract/test_edits::test_infery_edits_with_a_model_of_openai",
        "contract/test_edits::test_openai_edits_one_picture_or_several",
    ),
    "10 files in any order of parts": (
        "contract/test_curl::test_files_take_their_parts_in_any_order",
        "contract/test_files::test_infery_files_live_from_create_to_delete",
        "contract/test_files::test_openai_files_live_from_create_to_delete",
    ),
    "11 True, true and 1": (
        "contract/test_curl::test_query_switches_are_understood_in_python_too",
        "contract/test_curl::test_a_stream_ends_with_done_whatever_became_of_it",
        "contract/test_infery::test_models_are_listed_and_filtered",
    ),
    "12 null was not sent": (
        "contract/test_curl::test_null_was_not_sent",
        "contract/test_infery::test_what_is_none_was_not_sent",
        "contract/test_openai::test_what_is_none_was_not_sent",
        "contract/test_npm_openai::test_what_is_null_was_not_sent",
    ),
}

ERRORS: Rows = {
    "validation_failed": (
        "contract/test_refusals::test_a_wrong_body_is_refused_by_name_and_costs_nothing",
        "contract/test_infery::test_refusals_are_of_the_right_class",
    ),
    "model_not_supported": (
        "contract/test_refusals::test_a_model_that_cannot_answer_is_refused_with_what_to_do",
    ),
    "image_not_supported_by_model": (
        "contract/test_edits::test_infery_is_told_what_it_cannot_have",
        "contract/test_npm_openai::test_what_cannot_be_edited_is_refused",
        "contract/test_npm_ai::test_pictures_are_edited",
    ),
    "content_policy_violation": (
        "contract/test_openai::test_nothing_that_may_be_billed_is_ever_sent_again",
        "contract/test_failures::test_a_providers_failure_is_told_without_its_words_and_is_free",
    ),
    "unsupported_mime": (
        "contract/test_files::test_infery_says_what_was_refused",
        "contract/test_curl::test_pictures_that_cannot_be_taken_are_refused_by_name",
    ),
    "image_url_required": (
        "contract/test_curl::test_pictures_that_cannot_be_taken_are_refused_by_name",
    ),
    "unsafe_image_url": (
        "contract/test_edits::test_infery_is_told_what_it_cannot_have",
        "contract/test_curl::test_pictures_that_cannot_be_taken_are_refused_by_name",
    ),
    "unsafe_webhook_url": ("api/test_edits_refused::test_a_wrong_request_is_refused_by_name",),
    "invalid_api_key": (
        "contract/test_refusals::test_every_wrong_key_is_refused_in_the_same_words",
        "contract/test_npm_ai::test_refusals_are_told_and_not_sent_again",
    ),
    "insufficient_credits": (
        "contract/test_refusals::test_an_empty_wallet_is_told_what_is_missing",
        "contract/test_infery::test_keys_that_may_not_are_told_so",
        "contract/test_openai::test_keys_that_may_not_are_told_so",
    ),
    "budget_exceeded": (
        "contract/test_curl::test_a_budget_that_is_used_up_is_a_402",
        "contract/test_pause::test_a_workspace_at_zero_is_paused_until_credits_are_added",
        "contract/test_pause::test_a_spent_budget_pauses_until_it_is_raised_or_the_month_turns",
        "contract/test_pause::test_a_plan_ends_a_pause",
    ),
    "forbidden": (
        "contract/test_refusals::test_a_bound_key_may_use_its_models_alone",
        "contract/test_npm_openai::test_keys_that_may_not_are_told_so",
    ),
    "rate_limit_exceeded": (
        "contract/test_curl::test_a_rate_limit_says_when_to_come_again",
        "contract/test_infery::test_a_rate_limit_is_an_error_of_its_own",
        "contract/test_openai::test_a_rate_limit_is_a_permission_error_that_may_be_tried_again",
        "contract/test_npm_openai::test_a_rate_limit_is_a_refusal_of_its_own_code",
    ),
    "concurrent_run_limit_reached": (
        "contract/test_curl::test_more_at_once_than_a_key_may_is_a_403",
    ),
    "not_found": (
        "contract/test_elsewhere::test_it_is_not_found",
        "contract/test_refusals::test_a_job_of_others_is_as_unknown_as_one_that_never_was",
    ),
    "model_not_found": (
        "contract/test_refusals::test_an_unknown_model_comes_with_the_three_nearest",
    ),
    "method_not_allowed": (
        "contract/test_refusals::test_another_method_is_told_which_are_allowed",
    ),
    "conflict": ("webhooks/test_routes::test_a_workspace_has_at_most_ten_webhooks",),
    "cancelled": (
        "contract/test_cancelled::test_a_waiting_client_is_told_and_sends_nothing_again",
    ),
    "upload_in_progress": (
        "api/test_files::test_a_key_that_is_still_uploading_is_told_to_try_again",
    ),
    "idempotency_in_progress": (
        "contract/test_repeats"
        "::test_while_the_first_runs_its_key_is_answered_with_the_job_that_runs",
    ),
    "idempotency_mismatch": ("contract/test_repeats::test_a_key_with_another_body_does_nothing",),
    "model_retired": (
        "contract/test_refusals::test_a_model_that_cannot_answer_is_refused_with_what_to_do",
    ),
    "file_too_large": (
        "contract/test_refusals::test_a_body_that_is_too_large_is_refused_announced_or_not",
        "api/test_files::test_a_file_beyond_the_largest_is_refused",
    ),
    "storage_quota_exceeded": (
        "api/test_files::test_bytes_beyond_the_quota_are_refused_until_room_is_made",
    ),
    "file_quota_exceeded": (
        "api/test_files::test_files_beyond_the_quota_are_refused_however_many_come_at_once",
    ),
    "range_not_satisfiable": ("api/test_links::test_a_range_beyond_the_end_is_a_416",),
    "internal_error": ("api/test_edge::test_an_exception_becomes_a_refusal_without_its_words",),
    "artifact_unreadable": (
        "contract/test_repeats::test_pictures_that_have_expired_since_are_not_drawn_again",
    ),
    "provider_error": (
        "contract/test_openai::test_nothing_that_may_be_billed_is_ever_sent_again",
        "contract/test_infery::test_refusals_are_of_the_right_class",
    ),
    "service_unavailable": (
        "contract/test_openai::test_nothing_that_may_be_billed_is_ever_sent_again",
        "contract/test_infery::test_refusals_are_of_the_right_class",
    ),
    "storage_unavailable": ("generation/test_generate::test_a_full_disk_is_told_and_not_charged",),
    "job_timeout": (
        "contract/test_failures::test_an_open_outcome_is_a_504_with_the_job_and_is_free",
        "contract/test_infery::test_background_gives_the_job_id_that_is_waited_for",
        "contract/test_npm_ai::test_what_it_posts_again_is_drawn_once",
    ),
}
